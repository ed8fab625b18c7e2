"""Ordering ahead: the money waits, and pays by the ordinary checkout on the day, or comes back."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from builders import NOON, a_buyer, a_shelf, a_store, usd
from coming import DAY, RELEASE_DAY, a_coming_shelf, grant_from
from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.ledger.queries import balance_of, reserved_of
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import Entitlement, Order
from pennywhistle.apps.orders.queries import AtTill
from pennywhistle.apps.preorders import errors, work
from pennywhistle.apps.preorders.actions import Asked, cancel_pre_order, order_ahead
from pennywhistle.apps.preorders.models import PreOrder
from pennywhistle.apps.preorders.queries import Coming, coming_of
from pennywhistle.apps.preorders.work import give_back_all, release_due
from pennywhistle.apps.rights.actions import stop_sale
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.territories import Territories
from threads import at_once


@pytest.fixture
def buyer() -> User:
    a_store()
    return a_buyer(balance="1.00")


def order(
    buyer: User, ref: ItemRef, *, price: str = "0.35", key: str = "ahead", now: datetime = NOON
) -> PreOrder:
    """The buyer orders ahead in the United States."""
    return order_ahead(asked=Asked(buyer.pk, ref, "US", usd(price), key), now=now)


def coming(ref: ItemRef, buyer: User, *, territory: str = "US", at: datetime = NOON) -> object:
    return coming_of(ref, AtTill(buyer.pk, territory, at, {ref.release_id}))


def money(buyer: User) -> tuple[str, str]:
    """The balance, and what is set aside."""
    return (
        str(balance_of(user=buyer, currency="USD").decimal.normalize()),
        str(reserved_of(user=buyer, currency="USD").decimal.normalize()),
    )


@pytest.mark.django_db
def test_what_is_announced_says_when_it_comes_and_what_it_costs(buyer: User) -> None:
    shelf = a_coming_shelf()

    assert coming(shelf.album, buyer) == Coming(RELEASE_DAY, usd("0.35"))
    assert coming(shelf.track(1), buyer) == Coming(RELEASE_DAY, usd("0.14"))


@pytest.mark.django_db
def test_what_is_out_or_stopped_or_not_announced_is_not_coming(buyer: User) -> None:
    out = a_shelf("Out")
    stopped = a_coming_shelf("Stopped")
    stop_sale(
        release_id=stopped.release.pk, track_id=None, kind="embargo", sentence="No.", now=NOON
    )

    assert coming(out.album, buyer) is None
    assert coming(stopped.album, buyer) is None
    assert coming(ItemRef(10**9), buyer) is None


@pytest.mark.django_db
def test_a_supplier_who_speaks_of_pre_orders_is_held_to_it(buyer: User) -> None:
    shelf = a_coming_shelf()
    grant_from(shelf, RELEASE_DAY, pre_orders=Territories.of("DE", "AT"))

    assert coming(shelf.album, buyer) is None
    assert coming(shelf.album, buyer, territory="DE") == Coming(RELEASE_DAY, usd("0.35"))


@pytest.mark.django_db
def test_a_day_in_local_time_without_a_pre_order_deal_allows_none(buyer: User) -> None:
    shelf = a_coming_shelf(is_local=True)

    assert coming(shelf.album, buyer, territory="DE") is None


@pytest.mark.django_db
def test_the_money_is_set_aside_and_pays_on_the_day(buyer: User) -> None:
    shelf = a_coming_shelf()

    placed = order(buyer, shelf.album)
    assert money(buyer) == ("0.65", "0.35")
    assert release_due(now=NOON + DAY).waiting_count == 1
    assert not Entitlement.objects.exists()
    release_due(now=RELEASE_DAY)

    placed.refresh_from_db()
    assert placed.state == PreOrder.State.SOLD
    assert Entitlement.objects.get().line.order_id == placed.order_id
    assert money(buyer) == ("0.65", "0")
    assert release_due(now=RELEASE_DAY).ended_count == 0
    assert Order.objects.count() == 1


@pytest.mark.django_db
def test_the_same_key_orders_once_and_another_item_under_it_is_refused(buyer: User) -> None:
    shelf = a_coming_shelf()

    assert order(buyer, shelf.album) == order(buyer, shelf.album)
    with pytest.raises(errors.OrderKeyReusedError):
        order(buyer, shelf.track(1), price="0.14")
    with pytest.raises(errors.OrderedAlreadyError):
        order(buyer, shelf.album, key="another")

    assert money(buyer) == ("0.65", "0.35")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("price", "expected"),
    [("0.34", errors.PriceMovedError), ("0.36", errors.PriceMovedError)],
)
def test_another_price_than_was_shown_orders_nothing(
    buyer: User, price: str, expected: type[Exception]
) -> None:
    shelf = a_coming_shelf()

    with pytest.raises(expected):
        order(buyer, shelf.album, price=price)

    assert not PreOrder.objects.exists()
    assert money(buyer) == ("1", "0")


@pytest.mark.django_db
def test_more_than_the_balance_is_not_set_aside(buyer: User) -> None:
    shelf = a_coming_shelf(album_price="1.01")

    with pytest.raises(errors.TooLittleError):
        order(buyer, shelf.album, price="1.01")

    assert not Entry.objects.filter(kind=Entry.Kind.RESERVE).exists()


@pytest.mark.django_db
def test_what_is_out_cannot_be_ordered_ahead(buyer: User) -> None:
    with pytest.raises(errors.NotComingError):
        order(buyer, a_shelf().album)


@pytest.mark.django_db
def test_a_lower_price_on_the_day_leaves_the_rest_on_the_balance(buyer: User) -> None:
    shelf = a_coming_shelf()
    order(buyer, shelf.album)

    grant_from(shelf, RELEASE_DAY, album_price="0.30", now=NOON + DAY)
    release_due(now=RELEASE_DAY)

    assert money(buyer) == ("0.7", "0")
    assert Order.objects.get().total_micro == 300_000


@pytest.mark.django_db
def test_a_higher_price_on_the_day_brings_the_money_back(buyer: User) -> None:
    shelf = a_coming_shelf()
    placed = order(buyer, shelf.album)

    grant_from(shelf, RELEASE_DAY, album_price="0.36", now=NOON + DAY)
    release_due(now=RELEASE_DAY)

    placed.refresh_from_db()
    assert (placed.state, placed.reason) == (PreOrder.State.GIVEN_BACK, "price-changed")
    assert money(buyer) == ("1", "0")
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_a_stop_on_the_day_brings_the_money_back_and_before_it_waits(buyer: User) -> None:
    shelf = a_coming_shelf()
    placed = order(buyer, shelf.album)
    stop_sale(release_id=shelf.release.pk, track_id=None, kind="dispute", sentence="x", now=NOON)

    release_due(now=NOON + DAY)
    placed.refresh_from_db()
    assert placed.state == PreOrder.State.WAITING
    release_due(now=RELEASE_DAY)

    placed.refresh_from_db()
    assert (placed.state, placed.reason) == (PreOrder.State.GIVEN_BACK, "refused")
    assert money(buyer) == ("1", "0")


@pytest.mark.django_db
def test_a_release_that_is_put_off_is_waited_for(buyer: User) -> None:
    shelf = a_coming_shelf()
    placed = order(buyer, shelf.album)

    grant_from(shelf, RELEASE_DAY + 30 * DAY, now=NOON + DAY)
    release_due(now=RELEASE_DAY)

    placed.refresh_from_db()
    assert placed.state == PreOrder.State.WAITING
    assert placed.releases_at == RELEASE_DAY + 30 * DAY
    release_due(now=RELEASE_DAY + 30 * DAY)
    assert Entitlement.objects.count() == 1


@pytest.mark.django_db
def test_what_the_buyer_bought_meanwhile_is_not_sold_again(buyer: User) -> None:
    shelf = a_coming_shelf()
    placed = order(buyer, shelf.album)
    grant_from(shelf, NOON + DAY, now=NOON)
    check_out(
        buyer_id=buyer.pk,
        wanted=[shelf.album],
        territory="US",
        shown=usd("0.35"),
        key="by-hand",
        now=NOON + DAY,
    )

    release_due(now=NOON + DAY)

    placed.refresh_from_db()
    assert (placed.state, placed.reason) == (PreOrder.State.GIVEN_BACK, "already-owned")
    assert money(buyer) == ("0.65", "0")


@pytest.mark.django_db
def test_a_buyer_cancels_until_the_day_and_only_their_own(buyer: User) -> None:
    shelf = a_coming_shelf()
    placed, other = order(buyer, shelf.album), a_buyer("other@example.org")

    assert cancel_pre_order(buyer_id=other.pk, pre_order_id=placed.id, now=NOON) is None
    assert cancel_pre_order(buyer_id=buyer.pk, pre_order_id=uuid4(), now=NOON) is None
    for _ in range(2):
        found = cancel_pre_order(buyer_id=buyer.pk, pre_order_id=placed.id, now=NOON)
        assert found is not None
        assert found.state == PreOrder.State.CANCELED
    release_due(now=RELEASE_DAY)

    assert money(buyer) == ("1", "0")
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_what_was_sold_cannot_be_canceled(buyer: User) -> None:
    placed = order(buyer, a_coming_shelf().album)
    release_due(now=RELEASE_DAY)

    with pytest.raises(errors.SoldAlreadyError):
        cancel_pre_order(buyer_id=buyer.pk, pre_order_id=placed.id, now=RELEASE_DAY)


@pytest.mark.django_db
def test_the_database_keeps_what_was_ordered(buyer: User) -> None:
    placed = order(buyer, a_coming_shelf().album)

    for change in ({"held_micro": 1}, {"buyer": a_buyer("thief@example.org")}, {"state": "sold"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            PreOrder.objects.filter(id=placed.id).update(**change)
    release_due(now=RELEASE_DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        PreOrder.objects.filter(id=placed.id).update(state="waiting", ended_at=None, order=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        PreOrder.objects.filter(id=placed.id).delete()


@pytest.mark.django_db
def test_when_the_store_closes_everybody_has_their_money_again(buyer: User) -> None:
    placed = order(buyer, a_coming_shelf().album)

    assert [give_back_all(now=NOON) for _ in range(2)] == [1, 0]

    placed.refresh_from_db()
    assert (placed.state, placed.reason) == (PreOrder.State.GIVEN_BACK, "store-closes")
    assert money(buyer) == ("1", "0")


class KilledError(BaseException):
    """The program ends here."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["check_out", "_end", "_release_money"])
def test_whoever_is_killed_at_the_release_has_done_nothing_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    a_store()
    buyer, shelf = a_buyer(balance="1.00"), a_coming_shelf()
    placed = order(buyer, shelf.album)
    real = getattr(work, step)

    def killed(*args: object, **more: object) -> object:
        real(*args, **more)
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(work, step, killed)
        with pytest.raises(KilledError):
            release_due(now=RELEASE_DAY)
    assert money(buyer) == ("0.65", "0.35")
    assert not Order.objects.exists()
    release_due(now=RELEASE_DAY)

    placed.refresh_from_db()
    assert placed.state == PreOrder.State.SOLD
    assert money(buyer) == ("0.65", "0")


@pytest.mark.django_db(transaction=True)
def test_canceling_against_the_release_ends_in_one_of_the_two() -> None:
    a_store()
    shelf = a_coming_shelf()
    buyers = [a_buyer(f"b{n}@example.org", balance="1.00") for n in range(4)]
    placed = [order(buyer, shelf.album) for buyer in buyers]

    def act(n: int) -> object:
        if n % 2:
            return release_due(now=RELEASE_DAY)
        return [
            cancel_pre_order(buyer_id=each.buyer_id, pre_order_id=each.id, now=RELEASE_DAY)
            for each in placed[n:]
        ]

    at_once(4, act)

    for buyer, each in zip(buyers, placed, strict=True):
        each.refresh_from_db()
        is_sold = each.state == PreOrder.State.SOLD
        assert each.state in {PreOrder.State.SOLD, PreOrder.State.CANCELED}
        assert Order.objects.filter(buyer=buyer).count() == int(is_sold)
        assert money(buyer) == (("0.65", "0") if is_sold else ("1", "0"))


@pytest.mark.django_db(transaction=True)
def test_one_buyer_in_many_windows_orders_once() -> None:
    a_store()
    buyer, shelf = a_buyer(balance="1.00"), a_coming_shelf()

    answers = at_once(5, lambda n: order(buyer, shelf.album, key=f"window-{n}"))

    kinds = Counter(type(answer).__name__ for answer in answers)
    assert kinds == {"PreOrder": 1, "OrderedAlreadyError": 4}
    assert money(buyer) == ("0.65", "0.35")


@pytest.mark.django_db
def test_one_order_that_cannot_be_looked_at_stops_no_other(
    buyer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = order(buyer, a_coming_shelf("Bad").album, key="bad")
    good = order(buyer, a_coming_shelf("Good").album, key="good", now=NOON + timedelta(seconds=1))
    real = work.look_at

    def look(*, pre_order_id, now):
        if pre_order_id == bad.id:
            raise ValueError("Nobody thought of this.")
        return real(pre_order_id=pre_order_id, now=now)

    monkeypatch.setattr(work, "look_at", look)
    monkeypatch.setattr(work, "looks_per_run_max", 1)
    PreOrder.objects.filter(id=bad.id).update(look_at=NOON)

    first, second = (release_due(now=RELEASE_DAY) for _ in range(2))

    assert (first.error_count, second.ended_count) == (1, 1)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.state, bad.state) == (PreOrder.State.SOLD, PreOrder.State.WAITING)
    later = RELEASE_DAY + work.look_again_after_failing
    assert list(PreOrder.objects.due(at=later)) == [bad]
