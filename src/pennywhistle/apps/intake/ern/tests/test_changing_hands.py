"""A catalog goes from one supplier to another: who sells before, during and after (E11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from builders import a_buyer, usd
from ern_messages import ISRCS, OTHER_SENDER, TRACK_TITLES
from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.copies import work as comparing
from pennywhistle.apps.intake.ern.shelves import hand_over_what_ran_out
from pennywhistle.apps.intake.ern.tests.conftest import NOW, Desk, a_desk, reasons, sale, verdict
from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.ledger.models import Posting
from pennywhistle.apps.orders.actions.check_out import check_out
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.rights.actions import Claim, Subject, record_share, record_transfer
from pennywhistle.apps.rights.actions.evidence import record_evidence
from pennywhistle.apps.rights.models import Evidence, OwnershipShare
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.engines.clearance import Right
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.purse import PurseKind
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from pathlib import Path

    from pennywhistle.apps.parties.models import Party
    from pennywhistle.engines.clearance import Verdict

BOTH = ("R0", "R1", "R2")
BEGINS, ENDS = NOW + timedelta(hours=1), NOW + timedelta(days=30)
DURING, AFTER = NOW + timedelta(hours=2), NOW + timedelta(days=1)
LONG_AFTER = ENDS + timedelta(days=1)


@pytest.fixture
def former(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    # What is compared bears the database's time, which is long after the days told of here.
    monkeypatch.setattr(comparing, "_delivered_now", lambda _found: NOW)
    desk.deliver(sale(releases=BOTH))
    return desk


@pytest.fixture
def newcomer(former: Desk, tmp_path: Path) -> Desk:
    return a_desk(tmp_path, name="Other Yard", dpid=OTHER_SENDER)


def a_document(words: bytes) -> Evidence:
    return record_evidence(title="A letter", media_type="text/plain", chunks=[words], now=NOW)


def the_catalog_goes(former: Desk, newcomer: Desk) -> Evidence:
    letter = a_document(b"It goes.")
    record_transfer(
        from_supplier_id=former.supplier.pk,
        to_supplier_id=newcomer.supplier.pk,
        valid=Period(BEGINS, ENDS),
        now=NOW,
        evidence_id=letter.pk,
    )
    return letter


def sent_by(newcomer: Desk, *releases: str, isrcs: tuple[str, ...] = ISRCS) -> Message:
    letter = newcomer.letter(sale(releases=releases or BOTH), sender=OTHER_SENDER, isrcs=isrcs)
    return newcomer.send(letter, files=newcomer.files(), now=DURING)


def sold(release: Release, at: datetime) -> set[str]:
    """Whom a sale at that time brings money: payees by name, everything else by its kind."""
    order_id = check_out(
        buyer_id=a_buyer(f"buyer{at:%m%d%H}@example.org").pk,
        wanted=[ItemRef(release.pk)],
        territory="US",
        shown=usd("1.12"),
        key="key",
        now=at,
    )
    entry_id = OrderLine.objects.get(order=order_id).entry_id
    paid = Posting.objects.filter(entry=entry_id, amount_micro__gt=0)
    return {
        each.account.party.name if each.account.party else each.account.kind
        for each in paid.select_related("account__party")
    }


def payees(found: Verdict) -> set[int]:
    return {part.purse.party_id for part in found.parts if part.purse.kind == PurseKind.PAYEE}


def owners(at: datetime) -> set[tuple[Party, int | None]]:
    shares = OwnershipShare.objects.open().select_related("party")
    return {
        (share.party, share.evidence_id)
        for share in shares
        if at in Period(share.valid_from, share.valid_until)
    }


def test_it_sells_before_during_and_after_and_then_the_new_supplier_is_paid(
    former: Desk, newcomer: Desk
) -> None:
    release = Release.objects.get()
    before = sold(release, NOW)
    letter = the_catalog_goes(former, newcomer)
    message = sent_by(newcomer)
    during = sold(release, DURING)
    former.send(former.letter(), now=AFTER)
    after = sold(release, AFTER)
    long_after = sold(release, LONG_AFTER)

    assert message.state == Message.State.APPLIED, message.findings
    assert before == {"Copper Yard", "store"}
    assert during == {"held", "store"}
    assert after == long_after == {"Other Yard", "store"}
    assert owners(BEGINS) == {(former.supplier, None)}
    assert owners(AFTER) == owners(LONG_AFTER) == {(newcomer.supplier, letter.pk)}


def test_while_it_goes_the_transfer_is_in_the_chain_of_authority(
    former: Desk, newcomer: Desk
) -> None:
    the_catalog_goes(former, newcomer)
    sent_by(newcomer)

    found = verdict(Release.objects.get(), at=DURING)

    assert "The catalog goes from Copper Yard to Other Yard, until 2026-03-31." in [
        link.sentence for link in found.chain
    ]
    assert reasons(verdict(Release.objects.get(), at=LONG_AFTER)) == ["conflict"]


def test_it_also_changes_hands_when_the_former_deals_only_run_out(
    former: Desk, newcomer: Desk
) -> None:
    former.send(former.letter(sale(releases=BOTH, end="2026-03-02")))
    the_catalog_goes(former, newcomer)
    sent_by(newcomer)
    release = Release.objects.get()

    assert hand_over_what_ran_out(now=NOW + timedelta(days=1)) == 0
    ran_out = NOW + timedelta(days=3)
    assert hand_over_what_ran_out(now=ran_out) == 1
    assert hand_over_what_ran_out(now=ran_out) == 0

    release.refresh_from_db()
    assert release.supplier == newcomer.supplier
    assert payees(verdict(release, at=LONG_AFTER)) == {newcomer.supplier.pk}


def test_what_a_document_says_stays_and_after_the_transfer_a_mandate_is_needed(
    former: Desk, newcomer: Desk
) -> None:
    letter = the_catalog_goes(former, newcomer)
    first = Release.objects.get().tracks.get(track_number=1).recording
    OwnershipShare.objects.filter(recording=first).update(closed_at=NOW)
    proof = a_document(b"Ours.")
    claim = Claim(
        party_id=former.supplier.pk,
        right=Right.MASTER,
        role="Producer",
        part=Fraction(1),
        territories=Territories.worldwide(),
        valid=Period.always(),
    )
    record_share(subject=Subject(recording_id=first.pk), claim=claim, now=NOW, evidence_id=proof.pk)
    sent_by(newcomer)
    former.send(former.letter(), now=AFTER)

    masters = OwnershipShare.objects.open().filter(right=Right.MASTER, valid_until=None)
    assert {(share.party, share.evidence) for share in masters} == {
        (former.supplier, proof),
        (newcomer.supplier, letter),
    }
    release = Release.objects.get()
    assert verdict(release, at=AFTER).allowed
    assert reasons(verdict(release, at=LONG_AFTER)) == ["chain-broken"]


def test_the_tracks_are_those_that_the_new_supplier_named(former: Desk, newcomer: Desk) -> None:
    the_catalog_goes(former, newcomer)
    sent_by(newcomer, "R0", "R1", isrcs=ISRCS[:1])
    former.send(former.letter(), now=AFTER)

    left = {track.title: track.left_at for track in Release.objects.get().tracks.all()}
    assert left == {TRACK_TITLES[0]: None, TRACK_TITLES[1]: AFTER}
    assert verdict(Release.objects.get(), at=AFTER).allowed
