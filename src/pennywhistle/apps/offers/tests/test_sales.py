"""A sale lowers prices for a time, never below a floor, and says what it cost before."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, a_buyer, a_shelf, a_store, usd
from offering_shop import change, open_up
from pennywhistle.apps.discovery.offers import GUEST, Shopper, offers_for
from pennywhistle.apps.offers import errors
from pennywhistle.apps.offers.actions.sales import end_sale, set_sale
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.apps.rights.actions import RateTerms, record_all_grants, record_rate
from pennywhistle.apps.rights.models import Grant
from pennywhistle.apps.rights.sales import price_before
from pennywhistle.apps.rights.standing import standing_terms
from pennywhistle.kernel.money import Money
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIFTH = Fraction(1, 5)


def put_on_sale(shelf, *, part=FIFTH, first=None, last=NOON + 3 * DAY, now=NOON) -> None:
    set_sale(release_id=shelf.release.pk, part=part, valid=Period(first, last), now=now)


def price(ref, *, at=NOON):
    offer = offers_for([ref], shopper=Shopper(GUEST, "US", at))[ref]
    return offer.price


def before(ref, *, at=NOON):
    """What is struck through beside the price of an item."""
    verdict = offers_for([ref], shopper=Shopper(GUEST, "US", at))[ref].verdict
    is_whole = ref.track_id is None
    (sale,) = {
        row.id: row
        for code, row, _ in verdict.basis
        if code == "grants" and row.is_sale and bool(row.payees) != is_whole
    }.values()
    return price_before(ref, sale=sale, territory="US")


def regrant(shelf, price_text: str, *, now) -> None:
    """Ask another price for the release, from now on."""
    release = shelf.release
    standing = standing_terms(release.supplier_id, release.pk)[None]
    record_all_grants(
        licensor_id=release.supplier_id,
        release_id=release.pk,
        terms={None: [replace(each, price=usd(price_text)) for each in standing]},
        now=now,
    )


def test_release_and_tracks_cost_less_until_it_ends() -> None:
    a_store()
    shelf = a_shelf()

    put_on_sale(shelf, first=NOON + DAY)

    assert (price(shelf.album), price(shelf.track(1))) == (usd("0.35"), usd("0.14"))
    later = NOON + 2 * DAY
    assert price(shelf.album, at=later) == usd("0.28")
    assert price(shelf.track(1), at=later) == usd("0.112")
    assert price(shelf.album, at=NOON + 3 * DAY) == usd("0.35")


def test_it_is_sold_at_the_lower_price_and_split_alike() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    put_on_sale(shelf)

    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.track(1)],
        territory="US",
        shown=usd("0.112"),
        key="key-1",
        now=NOON,
    )

    assert OrderLine.objects.get().price_micro == 112_000


def test_another_sale_takes_its_place_and_none_is_none() -> None:
    a_store()
    shelf = a_shelf()
    put_on_sale(shelf)
    put_on_sale(shelf, part=Fraction(1, 2))

    half = price(shelf.album)
    end_sale(release_id=shelf.release.pk, now=NOON)
    end_sale(release_id=shelf.release.pk, now=NOON)

    assert (half, price(shelf.album)) == (usd("0.175"), usd("0.35"))
    assert not Grant.objects.open().filter(is_sale=True).exists()


def test_new_terms_end_a_sale_of_what_they_are_about() -> None:
    a_store()
    shelf = a_shelf()
    put_on_sale(shelf)
    release = shelf.release
    base = [
        each for each in standing_terms(release.supplier_id, release.pk)[None] if not each.is_sale
    ]

    record_all_grants(
        licensor_id=release.supplier_id,
        release_id=release.pk,
        terms={None: [replace(each, price=usd("0.40")) for each in base]},
        now=NOON + DAY,
    )

    assert price(shelf.album, at=NOON + DAY) == usd("0.40")
    assert price(shelf.track(1), at=NOON + DAY) == usd("0.112")


def test_a_sale_below_the_floor_is_refused_and_nothing_is_changed() -> None:
    a_store()
    shelf = a_shelf()
    change(shelf, lambda terms: replace(terms, wholesale=usd("0.12")) if terms.shares else terms)
    grants = set(Grant.objects.open().values_list("id", flat=True))

    with pytest.raises(errors.SaleBelowFloorError, match="Track 1"):
        put_on_sale(shelf)

    assert set(Grant.objects.open().values_list("id", flat=True)) == grants


def test_prices_that_buyers_name_begin_lower_in_a_sale() -> None:
    a_store()
    shelf = a_shelf()
    open_up(shelf)

    put_on_sale(shelf)

    offer = offers_for([shelf.album], shopper=Shopper(GUEST, "US", NOON))[shelf.album]
    assert (offer.price, offer.is_open) == (usd("0.28"), True)


def test_what_stands_under_a_tier_is_lowered_from_the_tier_s_price() -> None:
    a_store()
    shelf = a_shelf()
    a_tier(shelf, "Full album", "0.50")
    change(
        shelf,
        lambda terms: (
            terms if terms.shares else replace(terms, price=None, price_code="Full album")
        ),
    )
    tiered = price(shelf.album)

    put_on_sale(shelf)

    assert (tiered, price(shelf.album)) == (usd("0.50"), usd("0.40"))


def a_tier(shelf, code: str, text: str, *, now=NOON) -> None:
    terms = RateTerms(
        supplier_id=shelf.release.supplier_id,
        code=code,
        territories=Territories.worldwide(),
        valid=Period.always(),
        price=usd(text),
        wholesale=Money.zero("USD"),
    )
    record_rate(terms=terms, now=now)


def test_a_tier_that_changes_changes_all_that_stands_under_it() -> None:
    a_store()
    shelf = a_shelf()
    a_tier(shelf, "Single", "0.20")
    change(
        shelf,
        lambda terms: replace(terms, price=None, price_code="Single") if terms.shares else terms,
    )

    a_tier(shelf, "Single", "0.25")

    assert price(shelf.track(1)) == price(shelf.track(3)) == usd("0.25")


def test_the_lowest_price_of_the_thirty_days_before_is_what_is_struck_through() -> None:
    a_store()
    shelf = a_shelf()
    regrant(shelf, "0.30", now=NOON + 5 * DAY)
    regrant(shelf, "0.60", now=NOON + 10 * DAY)

    put_on_sale(shelf, now=NOON + 20 * DAY, last=NOON + 25 * DAY)

    assert price(shelf.album, at=NOON + 21 * DAY) == usd("0.48")
    assert before(shelf.album, at=NOON + 21 * DAY) == usd("0.30")


def test_a_price_of_longer_ago_does_not_count() -> None:
    a_store()
    shelf = a_shelf()
    regrant(shelf, "0.60", now=NOON + DAY)

    put_on_sale(shelf, now=NOON + 40 * DAY, last=NOON + 45 * DAY)

    assert before(shelf.album, at=NOON + 41 * DAY) == usd("0.60")


def test_a_sale_right_after_a_sale_is_measured_by_the_first() -> None:
    a_store()
    shelf = a_shelf()
    put_on_sale(shelf, part=Fraction(1, 2), now=NOON + DAY, last=NOON + 2 * DAY)

    put_on_sale(shelf, now=NOON + 5 * DAY, last=NOON + 6 * DAY)

    assert price(shelf.album, at=NOON + 5 * DAY) == usd("0.28")
    assert before(shelf.album, at=NOON + 5 * DAY) == usd("0.175")


def test_what_was_not_for_sale_before_has_no_price_to_strike_through() -> None:
    a_store()
    shelf = a_shelf()

    put_on_sale(shelf)

    assert before(shelf.album) is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"last": None}, errors.SaleEndlessError),
        ({"last": NOON}, errors.PeriodOverError),
        ({"part": Fraction(0)}, errors.PartOutOfRangeError),
        ({"part": Fraction(3, 2)}, errors.PartOutOfRangeError),
    ],
)
def test_what_is_no_sale_is_refused(changes, error) -> None:
    a_store()
    shelf = a_shelf()

    with pytest.raises(error):
        put_on_sale(shelf, **changes)


def test_nothing_is_lowered_where_nothing_has_a_price() -> None:
    a_store()
    shelf = a_shelf(track_price=None)
    record_all_grants(
        licensor_id=shelf.release.supplier_id,
        release_id=shelf.release.pk,
        terms={None: []},
        now=NOON,
    )

    with pytest.raises(errors.SaleOfNothingError):
        put_on_sale(shelf)


def test_a_tier_s_prices_of_the_thirty_days_before_are_found_on_the_rate_card() -> None:
    a_store()
    shelf = a_shelf()
    a_tier(shelf, "Full album", "0.50")
    change(
        shelf,
        lambda terms: (
            terms if terms.shares else replace(terms, price=None, price_code="Full album")
        ),
    )
    a_tier(shelf, "Full album", "0.45", now=NOON + 5 * DAY)
    a_tier(shelf, "Full album", "0.60", now=NOON + 6 * DAY)

    put_on_sale(shelf, now=NOON + 20 * DAY, last=NOON + 25 * DAY)

    assert price(shelf.album, at=NOON + 21 * DAY) == usd("0.48")
    assert before(shelf.album, at=NOON + 21 * DAY) == usd("0.45")


def test_a_sale_gives_way_to_a_standing_price_that_is_lower_by_now() -> None:
    a_store()
    shelf = a_shelf()
    a_tier(shelf, "Full album", "0.50")
    change(
        shelf,
        lambda terms: (
            terms if terms.shares else replace(terms, price=None, price_code="Full album")
        ),
    )
    put_on_sale(shelf)
    on_sale = price(shelf.album)

    a_tier(shelf, "Full album", "0.30", now=NOON + DAY)

    assert (on_sale, price(shelf.album, at=NOON + DAY)) == (usd("0.40"), usd("0.30"))
