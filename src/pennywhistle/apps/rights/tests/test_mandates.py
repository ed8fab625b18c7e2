"""A mandate lets another license; mandates run in chains, never in circles, and end by notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError

from builders import NOON
from pennywhistle.apps.catalog.actions import Credit, record_work
from pennywhistle.apps.parties.actions import ensure_party
from pennywhistle.apps.rights import actions
from pennywhistle.apps.rights.actions import (
    MandateTerms,
    RegisterError,
    Subject,
    add_to_repertoire,
    record_mandate,
    record_repertoire,
    remove_from_repertoire,
    revoke_mandate,
)
from pennywhistle.apps.rights.models import Mandate, Repertoire, RepertoireMember
from pennywhistle.apps.rights.words import interned
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from threads import at_once

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
WORKS = ("MECH", "MAKING_AVAILABLE")


def terms(giver: str, holder: str, *places: str, **change: object) -> MandateTerms:
    made = MandateTerms(
        from_party_id=ensure_party(name=giver).pk,
        to_party_id=ensure_party(name=holder).pk,
        rights=WORKS,
        territories=Territories.of(*places) if places else Territories.worldwide(),
        valid=Period.always(),
    )
    return replace(made, **change)


def mandate(giver: str, holder: str, *places: str, **change: object) -> Mandate:
    return record_mandate(terms=terms(giver, holder, *places, **change), now=NOON)


def written_past_the_action(said: MandateTerms) -> Mandate:
    """The same row, as something that does not ask the action would write it."""
    with transaction.atomic():
        return Mandate.objects.create(
            from_party_id=said.from_party_id,
            to_party_id=said.to_party_id,
            rights=sorted(said.rights),
            uses=list(said.uses),
            territories=interned(said.territories),
            valid_from=said.valid.starts_at,
            valid_until=said.valid.ends_at,
            is_exclusive=said.is_exclusive,
            repertoire_id=said.repertoire_id,
            recorded_at=NOON,
        )


def refused_twice(said: MandateTerms, error: type[RegisterError], match: str) -> None:
    """The action says why; the database refuses it for itself; nothing is written."""
    known = Mandate.objects.count()
    with pytest.raises(error, match=match):
        record_mandate(terms=said, now=LATER)
    with pytest.raises(IntegrityError):
        written_past_the_action(said)
    assert Mandate.objects.count() == known


def a_work(title: str) -> Subject:
    writer = ensure_party(name="Ada Weir")
    work = record_work(title=title, iswc="", writers=[Credit(writer.pk, "Composer")])
    return Subject(work_id=work.pk)


def a_repertoire(owner: str, name: str, *titles: str) -> Repertoire:
    repertoire = record_repertoire(owner_id=ensure_party(name=owner).pk, name=name, now=NOON)
    add_to_repertoire(
        repertoire_id=repertoire.pk, subjects=[a_work(title) for title in titles], now=NOON
    )
    return repertoire


def test_the_same_mandate_again_changes_nothing() -> None:
    first = mandate("Ada Weir", "GEMA", "DE", "AT")

    again = record_mandate(terms=terms("Ada Weir", "GEMA", "AT", "DE"), now=LATER)

    assert again == first
    assert first.rights == ["MAKING_AVAILABLE", "MECH"]
    assert Mandate.objects.count() == 1


def test_societies_mandate_each_other_each_for_its_own_territory() -> None:
    mandate("GEMA", "SACEM", "FR", "MC")
    mandate("SACEM", "GEMA", "DE", "AT")

    assert Mandate.objects.open().count() == 2


def test_a_circle_is_refused_and_named() -> None:
    mandate("GEMA", "SACEM", "FR", "BE")
    mandate("SACEM", "SABAM", "BE", "LU")

    refused_twice(
        terms("SABAM", "GEMA", "BE", "DE"),
        actions.MandateCircleError,
        "SABAM → GEMA → SACEM → SABAM is a circle",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"territories": Territories.of("LU")},
        {"rights": ("MASTER",)},
        {"uses": ("OnDemandStream",)},
        {"valid": Period(None, NOON)},
    ],
)
def test_what_the_chain_does_not_share_all_along_closes_no_circle(
    change: dict[str, object],
) -> None:
    mandate("GEMA", "SACEM", "FR", "BE", valid=Period(NOON, None))
    mandate("SACEM", "SABAM", "BE", "LU")

    record_mandate(terms=replace(terms("SABAM", "GEMA", "BE"), **change), now=NOON)
    written_past_the_action(
        replace(terms("SABAM", "GEMA", "BE"), **change, is_exclusive=True),
    )


def test_a_circle_that_was_closed_in_time_is_none() -> None:
    first = mandate("GEMA", "SACEM")
    actions.close_mandate(mandate_id=first.pk, now=LATER)

    assert record_mandate(terms=terms("SACEM", "GEMA"), now=LATER).closed_at is None


def test_a_chain_of_more_than_eight_is_refused_wherever_it_grows() -> None:
    for number in range(8):
        mandate(f"Party {number}", f"Party {number + 1}")

    refused_twice(terms("Party 8", "Party 9"), actions.MandateChainError, "chain of 9")
    refused_twice(terms("Owner", "Party 0"), actions.MandateChainError, "Owner → Party 0")
    assert mandate("Owner", "Party 1").pk
    assert mandate("Party 7", "Party 9").pk


def test_two_chains_that_meet_are_measured_together() -> None:
    for number in range(4):
        mandate(f"Near {number}", f"Near {number + 1}")
        mandate(f"Far {number}", f"Far {number + 1}")

    refused_twice(terms("Near 4", "Far 0"), actions.MandateChainError, "chain of 9")
    assert mandate("Near 4", "Far 1").pk


def test_two_exclusive_mandates_for_the_same_are_refused_with_both_named() -> None:
    mandate("Ada Weir", "GEMA", "DE", "AT", is_exclusive=True)

    refused_twice(
        terms("Ada Weir", "SACEM", "AT", "FR", is_exclusive=True),
        actions.MandateContradictsError,
        "Ada Weir has mandated GEMA exclusively .* in AT .*; SACEM cannot",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"is_exclusive": False},
        {"territories": Territories.of("FR")},
        {"rights": ("MASTER",)},
        {"valid": Period(None, NOON)},
    ],
)
def test_mandates_that_do_not_meet_do_not_contradict(change: dict[str, object]) -> None:
    mandate("Ada Weir", "GEMA", "DE", is_exclusive=True, valid=Period(NOON, None))

    other = replace(terms("Ada Weir", "SACEM", "DE", is_exclusive=True), **change)

    assert record_mandate(terms=other, now=NOON).pk


def test_exclusive_mandates_for_different_works_do_not_contradict() -> None:
    songs = a_repertoire("Ada Weir", "Songs", "Tin Rain")
    dances = a_repertoire("Ada Weir", "Dances", "Tin Reel")
    mandate("Ada Weir", "GEMA", is_exclusive=True, repertoire_id=songs.pk)
    mandate("Ada Weir", "SACEM", is_exclusive=True, repertoire_id=dances.pk)

    with pytest.raises(actions.MandateContradictsError), transaction.atomic():
        add_to_repertoire(repertoire_id=dances.pk, subjects=[a_work("Tin Rain")], now=LATER)

    assert RepertoireMember.objects.open().count() == 2
    both = a_repertoire("Ada Weir", "Both", "Tin Rain", "Tin Reel")
    refused_twice(
        terms("Ada Weir", "PRS", is_exclusive=True, repertoire_id=both.pk),
        actions.MandateContradictsError,
        "GEMA",
    )


def test_works_come_and_go_in_a_repertoire_and_are_never_forgotten() -> None:
    repertoire = a_repertoire("Ada Weir", "Songs", "Tin Rain", "Tin Reel")
    subjects = [a_work("Tin Rain"), a_work("Tin Roof")]
    said = {"repertoire_id": repertoire.pk, "subjects": subjects}

    assert add_to_repertoire(**said, now=LATER) == 1
    assert remove_from_repertoire(**said, now=LATER) == 2
    assert remove_from_repertoire(**said, now=LATER) == 0

    assert RepertoireMember.objects.open().count() == 1
    assert RepertoireMember.objects.count() == 3
    assert record_repertoire(owner_id=repertoire.owner_id, name="Songs", now=LATER) == repertoire


def test_a_mandate_ends_after_its_notice() -> None:
    given = mandate("Ada Weir", "GEMA", notice_days=90)
    end = LATER + timedelta(days=90)

    with pytest.raises(actions.NoticeTooShortError, match="2027-02-19"):
        revoke_mandate(mandate_id=given.pk, effective_at=end - timedelta(days=1), now=LATER)
    ended = revoke_mandate(mandate_id=given.pk, effective_at=end, now=LATER)

    assert ended is not None
    assert (ended.valid_until, ended.notice_days, ended.recorded_at) == (end, 90, LATER)
    assert list(Mandate.objects.open()) == [ended]
    assert list(Mandate.objects.known(at=NOON)) == [given]


def test_a_mandate_ends_at_once_where_both_agree() -> None:
    given = mandate("Ada Weir", "GEMA", notice_days=90)
    said = {"mandate_id": given.pk, "effective_at": LATER, "is_agreed": True}

    ended = revoke_mandate(**said, now=LATER)
    again = revoke_mandate(**said, now=LATER + timedelta(hours=1))

    assert ended is not None
    assert ended.valid_until == LATER
    assert again is None
    assert Mandate.objects.count() == 2


def test_a_mandate_that_ends_sooner_anyway_is_left_alone() -> None:
    given = mandate("Ada Weir", "GEMA", valid=Period(None, LATER))

    left = revoke_mandate(mandate_id=given.pk, effective_at=LATER + timedelta(days=1), now=NOON)

    assert left == given
    assert list(Mandate.objects.all()) == [given]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"rights": ("PERFORMING",)}, "right-unknown"),
        ({"rights": ()}, "nothing-covered"),
        ({"uses": ("DownloadForEver",)}, "use-unknown"),
        ({"uses": ()}, "nothing-covered"),
        ({"territories": Territories.none()}, "nothing-covered"),
        ({"repertoire_id": 0}, "repertoire-foreign"),
    ],
)
def test_what_cannot_be_a_mandate_is_refused(change: dict[str, object], error: str) -> None:
    with pytest.raises(RegisterError) as refused:
        mandate("Ada Weir", "GEMA", **change)

    assert refused.value.code == error
    assert not Mandate.objects.exists()


def test_a_party_does_not_mandate_itself() -> None:
    refused_twice(terms("GEMA", "GEMA"), actions.MandateToSelfError, "no mandate")


def test_another_s_repertoire_is_not_one_s_own_to_mandate() -> None:
    songs = a_repertoire("Ben Cole", "Songs", "Tin Rain")

    with pytest.raises(actions.RepertoireForeignError):
        mandate("Ada Weir", "GEMA", repertoire_id=songs.pk)


@pytest.mark.django_db(transaction=True)
def test_of_mandates_that_would_close_a_circle_at_once_one_is_taken() -> None:
    ways = [terms("GEMA", "SACEM"), terms("SACEM", "GEMA")]

    answers = at_once(6, lambda number: record_mandate(terms=ways[number % 2], now=NOON))

    assert sum(isinstance(answer, Mandate) for answer in answers) == 3
    assert sum(isinstance(answer, actions.MandateCircleError) for answer in answers) == 3
    assert Mandate.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_cannot_see_other_mandates_may_not_add_one() -> None:
    def add_with_an_older_snapshot() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            mandate("GEMA", "SACEM")

    with pytest.raises(IntegrityError, match="read committed"):
        add_with_an_older_snapshot()
