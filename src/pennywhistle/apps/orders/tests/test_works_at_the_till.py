"""What a sale pays for the works in it: to societies by their tariffs, or apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from uuid import uuid4

import pytest

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.catalog.actions import link_works
from pennywhistle.apps.ledger.models import Account, Posting
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.errors import RefusedError
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.parties.models import Store
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories
from societies import NINE_PERCENT, a_society, mandate, written_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> Shelf:
    a_store()
    return a_shelf(track_count=2)


def buy(
    shelf: Shelf, *, territory: str = "FR", price: str = "0.14", at: datetime = NOON
) -> OrderLine:
    order_id = check_out(
        buyer_id=a_buyer(f"{uuid4()}@example.org").pk,
        wanted=[shelf.track(1)],
        territory=territory,
        shown=usd(price),
        key="key",
        now=at,
    )
    return OrderLine.objects.get(order=order_id)


def paid(line: OrderLine) -> dict[str, int]:
    """What each account got, by its holder's name or its kind and code."""
    postings = Posting.objects.filter(entry=line.entry).select_related("account__party")
    return {_holder(posting.account): posting.amount_micro for posting in postings}


def _holder(account: Account) -> str:
    return account.party.name if account.party else f"{account.kind} {account.code}".strip()


def test_the_society_of_the_writer_gets_its_minimum(shelf: Shelf) -> None:
    """T7 and T10 at the till: tax and tariff come off before the store and the payees."""
    set_tax_rate(
        territory="FR", rate=Fraction(1, 5), valid=Period.always(), source="CGI 278", now=NOON
    )
    society = a_society()
    mandate(written_by(shelf, {"Wanda": Fraction(1)})["Wanda"], society)

    line = buy(shelf)

    amounts = paid(line)
    net = Fraction(140_000) / Fraction(6, 5)
    assert amounts[society.name] == pytest.approx(70_000, abs=1)
    assert amounts["tax FR"] == pytest.approx(float(140_000 - net), abs=1)
    assert amounts["store"] == pytest.approx(float(net / 10), abs=1)
    assert sum(amounts.values()) == 0
    work = shelf.tracks[0].recording.works.get()
    ((_, licensor_id, subject, apart, share),) = line.verdict.document["usage"]
    assert (licensor_id, subject, apart, share) == (society.pk, f"work-{work.pk}", "", "1/2")


def test_the_store_adds_what_a_price_under_the_floor_leaves_open(shelf: Shelf) -> None:
    """T6b: 13.1 cents are due of 14, and the store's own 1.4 are not left."""
    due = replace(NINE_PERCENT, percent=Fraction(0), track_minimum_micro=131_000)
    society = a_society(tariff=due)
    mandate(written_by(shelf, {"Wanda": Fraction(1)})["Wanda"], society)
    with pytest.raises(RefusedError, match=r"below the floor 0\.145556 USD"):
        buy(shelf)

    Store.objects.update(adds_subsidy=True)
    amounts = paid(buy(shelf))

    assert amounts[society.name] == 131_000
    assert amounts["store"] == 14_000
    assert amounts["subsidy"] == -5_000
    assert sum(amounts.values()) == 0


def test_a_society_without_a_mandate_licenses_nothing(shelf: Shelf) -> None:
    """The old store's case: its license says everything, and nobody is behind it."""
    a_society("Society for Everything")
    written_by(shelf, {"Wanda": Fraction(1)})

    with pytest.raises(RefusedError, match="100 % of the work Track 1") as refused:
        buy(shelf)

    assert refused.value.reasons[0].who == "Wanda"


def test_what_two_claim_is_held_and_the_rest_is_paid(shelf: Shelf) -> None:
    """T12: 60 and 60; each has 40 for sure, and 20 are held."""
    society = a_society()
    writers = written_by(shelf, {"Wanda": Fraction(3, 5), "Will": Fraction(3, 5)})
    for writer in writers.values():
        mandate(writer, society)

    amounts = paid(buy(shelf))

    (held,) = (amount for name, amount in amounts.items() if name.startswith("held claims:"))
    assert held == pytest.approx(70_000 / 5, abs=1)
    assert amounts[society.name] == pytest.approx(70_000 * 4 / 5, abs=1)


def test_unknown_works_need_a_law_and_are_kept_by_year(shelf: Shelf) -> None:
    link_works(recording_id=shelf.tracks[0].recording_id, parts=[], matched_by="operator", now=NOON)
    with pytest.raises(RefusedError, match="known to 0 %"):
        buy(shelf)

    a_society(unidentified_by="17 U.S.C. 115", territories=Territories.of("FR"))
    amounts = paid(buy(shelf))

    recording_id = shelf.tracks[0].recording_id
    assert amounts[f"unclaimed unidentified:recording-{recording_id}:FR:2026"] == 70_000


def test_a_mandate_ends_at_its_instant(shelf: Shelf) -> None:
    """R9: revoked with effect of the new year, sold the evening before, refused after."""
    new_year = datetime(2027, 1, 1, tzinfo=UTC)
    mandate(written_by(shelf, {"Wanda": Fraction(1)})["Wanda"], a_society(), ends_at=new_year)

    with pytest.raises(RefusedError):
        buy(shelf, at=new_year)
    line = buy(shelf, at=datetime(2026, 12, 31, 23, 59, tzinfo=UTC))

    assert "Society of Authors" in paid(line)
