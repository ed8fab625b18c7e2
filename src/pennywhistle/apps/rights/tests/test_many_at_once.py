"""Shares, mandates and lists of many works at once: by the same rules as one by one."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

import pytest

from builders import NOON
from pennywhistle.apps.catalog.models import Work
from pennywhistle.apps.parties.actions import Said, ensure_party, identify_party, parties_meant
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import (
    Claim,
    ClaimRepeatedError,
    MandateTerms,
    Source,
    Statement,
    WorkList,
    confirm_share,
    record_evidence,
    record_mandates,
    record_work_lists,
    state_shares,
)
from pennywhistle.apps.rights.closing import restate
from pennywhistle.apps.rights.models import Mandate, OwnershipShare, RepertoireMember, ShareRole
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db

ALWAYS, WORLDWIDE = Period.always(), Territories.worldwide()
LATER = NOON + timedelta(days=1)


def evidence(text: str = "a file") -> int:
    document = record_evidence(
        title=text, media_type="text/plain", chunks=[text.encode()], now=NOON
    )
    return document.pk


def claim(owner: Party, part: str = "1", right: str = "MECH") -> Claim:
    return Claim(owner.pk, right, ShareRole.COMPOSER, Fraction(part), WORLDWIDE, ALWAYS)


def parts() -> dict[str, Fraction]:
    rows = OwnershipShare.objects.open().select_related("party")
    return {row.party.name: row.part for row in rows}


@pytest.fixture
def work() -> Work:
    return Work.objects.create(title="Rain")


@pytest.fixture
def ada() -> Party:
    return ensure_party(name="Ada")


@pytest.fixture
def bo() -> Party:
    return ensure_party(name="Bo")


def test_a_source_replaces_its_own_word_whole(work, ada, bo) -> None:
    first, second = evidence("1"), evidence("2")
    state_shares(
        statements=[Statement(work.pk, (claim(ada, "1/2"), claim(bo, "1/2")))],
        source=Source(ada.pk, first),
        now=NOON,
    )

    stated = state_shares(
        statements=[Statement(work.pk, (claim(ada, "1"),))],
        source=Source(ada.pk, second, frozenset({first})),
        now=LATER,
    )

    assert (stated.recorded, stated.kept, stated.closed) == (1, 0, 2)
    assert parts() == {"Ada": 1}
    assert OwnershipShare.objects.filter(closed_at=LATER).count() == 2


def test_what_the_store_confirmed_by_another_document_is_not_the_senders_to_change(
    work, ada
) -> None:
    first = evidence("1")
    source = Source(ada.pk, first)
    statement = [Statement(work.pk, (claim(ada, "1/2"),))]
    state_shares(statements=statement, source=source, now=NOON)
    share = OwnershipShare.objects.get()
    confirm_share(share_id=share.pk, now=NOON, evidence_id=evidence("a contract"))

    stated = state_shares(
        statements=[Statement(work.pk, (claim(ada, "1"),))], source=source, now=LATER
    )

    assert len(stated.contradicted) == 1
    assert parts() == {"Ada": Fraction(1, 2)}
    assert OwnershipShare.objects.open().get().status == "confirmed"


@pytest.mark.parametrize("later", ["1", "1/4", None])
def test_no_later_file_of_the_same_sender_undoes_what_was_settled(work, ada, bo, later) -> None:
    first, second = evidence("1"), evidence("2")
    state_shares(
        statements=[Statement(work.pk, (claim(ada, "1"),))], source=Source(ada.pk, first), now=NOON
    )
    share = OwnershipShare.objects.get()
    # As a settlement leaves it: confirmed with another part, on the evidence that it had.
    restate(share, now=NOON, numerator=1, denominator=2, status="confirmed")

    said = (claim(ada, later),) if later else (claim(bo, "1/2"),)
    stated = state_shares(
        statements=[Statement(work.pk, said)],
        source=Source(ada.pk, second, frozenset({first})),
        now=LATER,
    )

    kept = OwnershipShare.objects.open().get(party=ada)
    assert (kept.part, kept.status) == (Fraction(1, 2), "confirmed")
    assert (stated.contradicted, stated.closed) == ((kept.pk,), 0)
    assert (
        state_shares(
            statements=[Statement(work.pk, (claim(ada, "1/2"),))],
            source=Source(ada.pk, second, frozenset({first})),
            now=LATER,
        ).contradicted
        == ()
    )


def test_a_claim_that_no_register_can_hold_writes_nothing(work, ada, bo) -> None:
    other = Work.objects.create(title="Other")
    statements = [
        Statement(other.pk, (claim(bo),)),
        Statement(work.pk, (claim(ada, "1/2"), claim(ada, "1/4"))),
    ]

    with pytest.raises(ClaimRepeatedError):
        state_shares(statements=statements, source=Source(ada.pk, evidence()), now=NOON)

    assert not OwnershipShare.objects.exists()


def test_a_mandate_that_closes_a_circle_stops_no_other(ada, bo) -> None:
    society = ensure_party(name="Society")
    terms = [
        MandateTerms(giver.pk, taker.pk, WORK_RIGHTS, WORLDWIDE, ALWAYS)
        for giver, taker in [(ada, bo), (bo, society), (society, ada), (ada, ada), (ada, society)]
    ]

    recorded = record_mandates(terms=terms, now=NOON)

    assert recorded.recorded == 3
    assert [error.code for _, error in recorded.refused] == ["mandate-to-self", "mandate-circle"]
    assert Mandate.objects.filter(from_party=ada).count() == 2
    assert record_mandates(terms=terms, now=LATER).recorded == 0


def test_a_chain_of_new_mandates_is_not_longer_than_any(ada) -> None:
    links = [ensure_party(name=f"Link {number}") for number in range(11)]
    terms = [
        MandateTerms(one.pk, other.pk, WORK_RIGHTS, WORLDWIDE, ALWAYS)
        for one, other in pairwise(links)
    ]

    recorded = record_mandates(terms=terms, now=NOON)

    assert {error.code for _, error in recorded.refused} == {"mandate-chain"}
    assert recorded.recorded == 9


def test_works_leave_the_lists_that_they_are_not_told_for(work, ada) -> None:
    other = Work.objects.create(title="Other")
    works = frozenset({work.pk, other.pk})
    told = {"beginning": "Told by x: ", "work_ids": works}
    first = record_work_lists(
        lists=[WorkList(ada.pk, "Told by x: here", works), WorkList(ada.pk, "Mine", works)],
        now=NOON,
        **told,
    )

    again = record_work_lists(
        lists=[WorkList(ada.pk, "Told by x: here", frozenset({work.pk}))], now=LATER, **told
    )

    here, mine = first[ada.pk, "Told by x: here"], first[ada.pk, "Mine"]
    assert again == {(ada.pk, "Told by x: here"): here}
    on_lists = RepertoireMember.objects.open().values_list("repertoire_id", "work_id")
    assert set(on_lists) == {(here, work.pk), (mine, work.pk), (mine, other.pk)}


def test_numbers_say_who_is_meant_and_new_people_are_made_once(ada) -> None:
    identify_party(party_id=ada.pk, scheme="ipi-name", text="00014107338")
    number = ("ipi-name", "00014107338")
    said = [
        Said("A. Ohm", "person", (number, ("ipi-base", "I0000002297"))),
        Said("New", "person", (("ipi-name", "00000000298"),)),
        Said("New", "person", (("ipi-name", "00000000298"), ("ipi-base", "I0000002297"))),
        Said("Ada", "person"),
    ]

    meant = parties_meant(said=said, by_party_id=ensure_party(name="Sender").pk)

    assert meant.party_ids[0] == ada.pk
    assert meant.party_ids[1] == meant.party_ids[2]
    assert meant.party_ids[3] != ada.pk
    assert meant.made == 2
