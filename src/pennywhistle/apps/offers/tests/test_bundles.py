"""A bundle is sold as ordinary releases at their parts of its price, none below its floor."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, connection, transaction

from builders import NOON, a_buyer, a_shelf, a_store, usd
from offering_shop import a_bundle, a_code, change, purchase
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.offers import errors
from pennywhistle.apps.offers.actions import BundleAsked, close_bundle, make_bundle
from pennywhistle.apps.offers.actions import purchase as buying
from pennywhistle.apps.offers.arranging import arrange
from pennywhistle.apps.offers.asking import Asker, LineWord, Wish
from pennywhistle.apps.offers.models import Bundle
from pennywhistle.apps.offers.queries import bundle_view, bundles_of_release, discographies_of
from pennywhistle.apps.orders import errors as checkout
from pennywhistle.apps.orders.models import OrderLine
from pennywhistle.kernel.period import Period
from pennywhistle.kernel.territories import Territories

pytestmark = pytest.mark.django_db
FIFTH = Fraction(1, 5)
# Until when a purchase may be given back.
FORTNIGHT = timedelta(days=14)
GUEST = Asker(0, "US", NOON)


def two_shelves():
    """Two releases of one label, for 0.30 and 0.60."""
    a_store()
    return (
        a_shelf("One", label_of="Tin", album_price="0.30"),
        a_shelf("Two", label_of="Tin", album_price="0.60"),
    )


def arranged(*refs, buyer=None, codes=()):
    return arrange(Wish(tuple(refs), codes=tuple(codes)), replace(GUEST, user_id=buyer or 0))


def test_the_price_is_divided_by_what_the_releases_cost_by_themselves() -> None:
    one, two = two_shelves()
    a_bundle(one, two, price="0.60")
    buyer = a_buyer()

    purchase(buyer, [one.album, two.album], "0.60")

    prices = dict(OrderLine.objects.values_list("release", "price_micro"))
    assert prices == {one.release.pk: 200_000, two.release.pk: 400_000}
    codes = [row[0] for row in OrderLine.objects.first().verdict.document["basis"]]
    assert "reduces" in codes


def test_a_part_of_the_bundle_costs_what_it_costs() -> None:
    one, two = two_shelves()
    a_bundle(one, two, price="0.60")

    assert not arranged(one.album).lowered
    assert not arranged(one.album, two.track(1)).lowered
    assert set(arranged(one.album, two.album).lowered) == {one.album, two.album}


def test_what_is_owned_counts_with_its_part_of_the_price() -> None:
    one, two = two_shelves()
    a_bundle(one, two, price="0.60")
    buyer = a_buyer()
    purchase(buyer, [one.album], "0.30")

    purchase(buyer, [two.album], "0.40", key="key-2", now=NOON + FORTNIGHT)

    assert balance_of(user=buyer, currency="USD") == usd("9.30")


def test_what_was_paid_for_tracks_counts_too() -> None:
    one, two = two_shelves()
    a_bundle(one, two, price="0.60")
    buyer = a_buyer()
    purchase(buyer, [two.track(1)], "0.14")

    purchase(buyer, [one.album, two.album], "0.46", key="key-2")

    assert balance_of(user=buyer, currency="USD") == usd("9.40")


def test_a_price_below_a_floor_sells_no_bundle_and_names_whose_it_is() -> None:
    one, two = two_shelves()
    change(two, lambda terms: replace(terms, wholesale=usd("0.50")) if terms.price else terms)
    bundle = a_bundle(one, two, price="0.60")

    view = bundle_view(bundle.public_id, asker=GUEST)

    assert not view.is_sold
    assert [each.title for each in view.divided.below_floor] == ["Two"]
    assert not arranged(one.album, two.album).lowered


def test_a_bundle_dearer_than_its_parts_takes_nothing_more() -> None:
    one, two = two_shelves()
    bundle = a_bundle(one, two, price="5.00")

    view = bundle_view(bundle.public_id, asker=GUEST)

    assert (view.now, view.alone) == (usd("0.90"), usd("0.90"))


def test_something_off_each_is_exact() -> None:
    one, two = two_shelves()
    a_bundle(one, two, part="1/7")
    buyer = a_buyer()

    purchase(buyer, [one.album, two.album], "0.771427")

    assert balance_of(user=buyer, currency="USD") == usd("9.228573")


def test_a_release_that_is_not_sold_here_keeps_a_list_from_being_sold() -> None:
    a_store()
    one = a_shelf("One", label_of="Tin")
    two = a_shelf("Two", label_of="Tin", territories=Territories.of("DE"))
    bundle = a_bundle(one, two, part="1/5")

    view = bundle_view(bundle.public_id, asker=GUEST)

    assert not view.is_sold
    assert [title for title, _ in view.divided.refused] == ["Two"]


def test_a_discography_grows_and_leaves_out_what_is_not_sold_here() -> None:
    one, two = two_shelves()
    a_shelf("Elsewhere", label_of="Tin", territories=Territories.of("DE"))
    asked = BundleAsked(
        supplier_id=one.release.supplier_id,
        title="Everything of Tin",
        kind=Bundle.Kind.LABEL,
        valid=Period.always(),
        party_id=one.release.label_id,
        part=FIFTH,
    )
    make_bundle(asked=asked, now=NOON)

    (view,) = discographies_of(one.release.label_id, asker=GUEST)
    before = view.now
    three = a_shelf("Three", label_of="Tin", album_price="0.10")
    (view,) = discographies_of(one.release.label_id, asker=GUEST)

    assert (before, view.now) == (usd("0.72"), usd("0.80"))
    assert {each.member.ref for each in view.lines} == {one.album, two.album, three.album}
    assert [each.bundle for each in bundles_of_release(two.release.pk, asker=GUEST)] == [
        view.bundle
    ]


def test_what_has_the_price_of_a_bundle_gets_no_code_on_top() -> None:
    one, two = two_shelves()
    a_bundle(one, two, price="0.60")
    a_code(one)

    found = arranged(one.album, two.album, one.track(1), codes=["SPRING26"])

    assert found.lowered[one.album].title == "All of it"
    assert [each.word for each in found.untouched[one.album]] == [LineWord.IN_BUNDLE]
    assert found.lowered[one.track(1)].title == "Spring"


def test_a_bundle_that_ended_meanwhile_is_not_sold_at_the_price_shown() -> None:
    one, two = two_shelves()
    bundle = a_bundle(one, two, price="0.60")
    buyer = a_buyer()
    close_bundle(bundle_id=bundle.pk, now=NOON)

    with pytest.raises(checkout.PriceChangedError) as changed:
        purchase(buyer, [one.album, two.album], "0.60")

    assert changed.value.now == usd("0.90")


def test_who_was_shown_no_bundle_pays_what_they_were_shown() -> None:
    one, two = two_shelves()
    buyer = a_buyer()
    a_bundle(one, two, price="0.60")

    purchase(buyer, [one.album, two.album], "0.90", has_offers=False)

    assert balance_of(user=buyer, currency="USD") == usd("9.10")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"price": None, "part": None}, errors.BundlePriceError),
        ({"part": FIFTH}, errors.BundlePriceError),
        ({"price": usd("0")}, errors.BundlePriceError),
        ({"release_ids": ()}, errors.BundleTooSmallError),
        ({"kind": "label"}, errors.BundlePriceError),
        ({"price": None, "part": -FIFTH}, errors.PartOutOfRangeError),
        ({"price": None, "part": FIFTH * 5}, errors.PartOutOfRangeError),
        ({"valid": Period(None, NOON - timedelta(days=1))}, errors.PeriodOverError),
    ],
)
def test_what_makes_no_bundle_is_refused(changes, error) -> None:
    one, two = two_shelves()
    asked = BundleAsked(
        supplier_id=one.release.supplier_id,
        title="All of it",
        kind=Bundle.Kind.LIST,
        valid=Period.always(),
        release_ids=(one.release.pk, two.release.pk),
        price=usd("0.60"),
    )

    with pytest.raises(error):
        make_bundle(asked=replace(asked, **changes), now=NOON)

    assert not Bundle.objects.exists()


def test_nobody_bundles_another_s_releases() -> None:
    one, foreign = a_shelf("One"), a_shelf("Foreign")

    with pytest.raises(errors.ReleaseForeignError):
        a_bundle(one, foreign, price="0.60")


def test_a_bundle_is_closed_and_never_changed() -> None:
    one, two = two_shelves()
    a_bundle(one, two, price="0.60")

    for statement in (
        "UPDATE offers_bundle SET price_micro = 1",
        "DELETE FROM offers_bundle",
        "UPDATE offers_bundledrelease SET bundle_id = bundle_id",
    ):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_what_may_still_be_given_back_completes_no_bundle() -> None:
    one, two = two_shelves()
    bundle = a_bundle(one, two, price="0.60")
    buyer = a_buyer()
    purchase(buyer, [one.album], "0.30")
    early = Asker(buyer.pk, "US", NOON)
    late = replace(early, at=NOON + FORTNIGHT)

    with pytest.raises(checkout.PriceChangedError) as changed:
        purchase(buyer, [two.album], "0.40", key="key-2")

    assert changed.value.now == usd("0.60")
    view = bundle_view(bundle.public_id, asker=early)
    assert not view.is_sold
    assert [each.unsettled_until for each in view.lines if each.is_owned] == [late.at]
    assert bundle_view(bundle.public_id, asker=late).now == usd("0.40")


def test_the_bundle_that_saves_most_counts_not_the_larger_one() -> None:
    one, two = two_shelves()
    three = a_shelf("Three", label_of="Tin", album_price="0.10")
    a_bundle(one, two, three, price="0.99")
    small = a_bundle(one, two, price="0.60")

    found = arranged(one.album, two.album, three.album)

    assert found.bundles == (small,)
    assert set(found.lowered) == {one.album, two.album}


def test_a_bundle_that_saves_nothing_keeps_no_code_away() -> None:
    one, two = two_shelves()
    a_bundle(one, two, price="5.00")
    a_code(one)

    found = arranged(one.album, two.album, codes=["SPRING26"])

    assert not found.bundles
    assert {each.title for each in found.lowered.values()} == {"Spring"}


def test_a_bundle_that_ends_while_it_is_bought_is_looked_at_again(monkeypatch) -> None:
    one, two = two_shelves()
    bundle = a_bundle(one, two, price="0.60")
    buyer = a_buyer()

    def arrange_and_close(wish, asker):
        arranged = arrange(wish, asker)
        close_bundle(bundle_id=bundle.pk, now=NOON)
        return arranged

    monkeypatch.setattr(buying, "arrange", arrange_and_close)

    with pytest.raises(checkout.PriceChangedError) as changed:
        purchase(buyer, [one.album, two.album], "0.60")

    assert changed.value.now == usd("0.90")
