"""Whatever a sale relies on and changes between its look and its writing, the sale is not made."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.catalog.actions import WorkPart, link_works
from pennywhistle.apps.catalog.models import RecordingWork
from pennywhistle.apps.orders import errors, relied, work
from pennywhistle.apps.orders.models import Order
from pennywhistle.apps.orders.purchases import Outcome, Purchase
from pennywhistle.apps.orders.work import sell
from pennywhistle.apps.orders.writing import write
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.actions import (
    MandateTerms,
    Subject,
    add_to_repertoire,
    close_agreement,
    close_grant,
    close_license,
    close_mandate,
    close_share,
    close_tariff_line,
    record_mandate,
    record_repertoire,
    remove_from_repertoire,
    set_up_store,
    stop_sale,
)
from pennywhistle.apps.rights.models import (
    Grant,
    License,
    Mandate,
    OwnershipShare,
    Repertoire,
    SupplierAgreement,
    TariffLine,
)
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.engines.clearance import WORK_RIGHTS
from pennywhistle.engines.clearance.facts import Row
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import a_society, written_by
from threads import at_once

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shelf() -> Shelf:
    """A shelf whose first track rests on a writer, a list, a mandate, a society and a third tax."""
    a_store()
    shelf = a_shelf(track_count=2)
    set_tax_rate(territory="FR", rate=Fraction(1, 3), valid=Period.always(), source="x", now=NOON)
    society = a_society()
    wanda = written_by(shelf, {"Wanda": Fraction(1)})["Wanda"]
    works = record_repertoire(owner_id=wanda.pk, name="Songs", now=NOON)
    add_to_repertoire(repertoire_id=works.pk, subjects=[the_work(shelf)], now=NOON)
    terms = MandateTerms(
        from_party_id=wanda.pk,
        to_party_id=society.pk,
        rights=WORK_RIGHTS,
        territories=Territories.worldwide(),
        valid=Period.always(),
        repertoire_id=works.pk,
    )
    record_mandate(terms=terms, now=NOON)
    return shelf


def the_work(shelf: Shelf) -> Subject:
    return Subject(work_id=shelf.tracks[0].recording.works.get().pk)


def buy(shelf: Shelf) -> Outcome:
    buyer = a_buyer(f"{uuid4()}@example.org")
    purchase = Purchase(buyer.pk, (shelf.track(1),), "FR", usd("0.14"), "key-1", NOON)
    (outcome,) = sell([purchase])
    return outcome


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> list[str | None]:
    """Another connection commits a change before each writing; the snapshots of the writings."""
    snapshots: list[str | None] = []

    def write_later(cleared, *, snapshot):
        assert not isinstance(at_once(1, lambda _: change())[0], Exception)
        snapshots.append(snapshot)
        return write(cleared, snapshot=snapshot)

    monkeypatch.setattr(work, "write", write_later)
    return snapshots


def end_mandate(_: Shelf) -> None:
    close_mandate(mandate_id=Mandate.objects.open().get(from_party__name="Wanda").pk, now=NOON)


def end_license(_: Shelf) -> None:
    theirs = License.objects.open().get(licensor__name="Society of Authors")
    close_license(license_id=theirs.pk, now=NOON)


def end_tariff(_: Shelf) -> None:
    close_tariff_line(line_id=TariffLine.objects.open().get().pk, now=NOON)


def end_share_of_work(_: Shelf) -> None:
    close_share(share_id=OwnershipShare.objects.filter(party__name="Wanda").first().pk, now=NOON)


def end_share_of_recording(shelf: Shelf) -> None:
    mine = OwnershipShare.objects.open().filter(recording=shelf.tracks[0].recording)
    close_share(share_id=mine.get().pk, now=NOON)


def end_agreement(_: Shelf) -> None:
    close_agreement(agreement_id=SupplierAgreement.objects.open().get().pk, now=NOON)


def end_grant(shelf: Shelf) -> None:
    close_grant(grant_id=Grant.objects.open().get(track=shelf.tracks[0]).pk, now=NOON)


def stop(shelf: Shelf) -> None:
    stop_sale(release_id=shelf.release.pk, kind="takedown", sentence="Taken down.", now=NOON)


def take_off_the_list(shelf: Shelf) -> None:
    repertoire = Repertoire.objects.open().get(name="Songs")
    remove_from_repertoire(repertoire_id=repertoire.pk, subjects=[the_work(shelf)], now=NOON)


def another_part(shelf: Shelf) -> None:
    played = [WorkPart(the_work(shelf).work_id, Fraction(2, 3))]
    link_works(
        recording_id=shelf.tracks[0].recording_id,
        parts=played,
        matched_by=RecordingWork.Matched.OPERATOR,
        now=NOON,
    )


def another_tax(_: Shelf) -> None:
    set_tax_rate(territory="FR", rate=Fraction(1, 4), valid=Period.always(), source="y", now=NOON)


def another_share_of_the_store(_: Shelf) -> None:
    set_up_store(name="Fair", currency="USD", share=Fraction(1, 7), home_country="US")


CHANGES = [
    end_mandate,
    end_license,
    end_tariff,
    end_share_of_work,
    end_share_of_recording,
    end_agreement,
    end_grant,
    stop,
    take_off_the_list,
    another_part,
    another_tax,
    another_share_of_the_store,
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_last_look_sells_nothing_whose_basis_changed(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, change: Callable[[Shelf], None]
) -> None:
    monkeypatch.setattr(work, "looks_max", 1)
    snapshots = meanwhile(monkeypatch, lambda: change(shelf))

    assert isinstance(buy(shelf), errors.RightsChangedError)
    assert snapshots == [None]
    assert not Order.objects.exists()


def test_what_changed_between_look_and_writing_is_judged_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [end_mandate]
    snapshots = meanwhile(monkeypatch, lambda: changes.pop()(shelf) if changes else None)

    refused = buy(shelf)

    assert isinstance(refused, errors.RefusedError)
    assert "share-unlicensed" in [reason.code for reason in refused.reasons]
    assert len(snapshots) == 1
    assert snapshots[0] is not None


def test_a_store_where_something_changes_all_the_time_still_sells(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def somebody_comes() -> Party:
        return Party.objects.create(name=f"Party {uuid4()}", kind=Party.Kind.PERSON)

    snapshots = meanwhile(monkeypatch, somebody_comes)

    sold = buy(shelf)

    assert Order.objects.get().id == sold
    assert [snapshot is None for snapshot in snapshots] == [False, False, True]


def test_every_kind_of_row_that_a_verdict_rests_on_is_looked_at() -> None:
    kinds = {kind.__name__ for kind in Row.__args__}

    looked_at = {kind.__name__ for kind in relied.TABLES}

    # A work that is free rests on rows of its own; a discount is locked by whoever sells by it.
    assert kinds - looked_at == {"Work", "Discount"}
