"""A checkout takes the price from the balance, pays everybody, and happens once."""

import hashlib
import importlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db.models import Sum

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.ledger.models import Entry, Posting
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders import errors
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import Entitlement, Order, OrderLine
from pennywhistle.apps.orders.purchases import Purchase
from pennywhistle.apps.rights.actions import close_grant, stop_sale
from pennywhistle.apps.rights.models import Grant, Verdict
from pennywhistle.kernel.territories import Territories
from threads import at_once

pytestmark = pytest.mark.django_db
# The module, not the function of the same name that its package offers.
till = importlib.import_module("pennywhistle.apps.orders.actions.check_out")


def buy(user, refs, shown, *, key="key-1", territory="US"):
    return check_out(
        buyer_id=user.pk,
        wanted=refs,
        territory=territory,
        shown=usd(shown),
        key=key,
        now=NOON,
    )


def nothing_was_bought() -> bool:
    return not (Order.objects.exists() or Entry.objects.filter(kind="sale").exists())


def test_a_track_is_paid_and_owned() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer(balance="1.00")

    order_id = buy(buyer, [shelf.track(1)], "0.14")

    order = Order.objects.get(id=order_id)
    line = OrderLine.objects.get(order=order)
    amounts = sorted(
        Posting.objects.filter(entry=line.entry).values_list("amount_micro", flat=True)
    )
    assert amounts == [-140_000, 14_000, 63_000, 63_000]
    assert balance_of(user=buyer, currency="USD") == usd("0.86")
    assert Entitlement.objects.of(user=buyer).get().track == shelf.tracks[0]
    grant = Grant.objects.get(track=shelf.tracks[0])
    assert line.verdict.document["basis"][-1][1]["id"] == grant.pk


def test_the_verdict_is_kept_under_the_hash_of_what_it_was_decided_on() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    buy(buyer, [shelf.track(1)], "0.14")

    digests = {bytes(verdict.digest) for verdict in Verdict.objects.all()}

    assert len(digests) == 1
    assert all(len(digest) == hashlib.sha256().digest_size for digest in digests)


def test_a_cart_of_an_album_and_a_track_makes_a_sale_of_each() -> None:
    a_store()
    first, second, buyer = a_shelf("One"), a_shelf("Two"), a_buyer()

    order_id = buy(buyer, [first.album, second.track(2)], "0.49")

    assert OrderLine.objects.filter(order_id=order_id).count() == 2
    assert Posting.objects.aggregate(total=Sum("amount_micro"))["total"] == 0


def test_completing_an_album_counts_what_its_tracks_cost() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    buy(buyer, [shelf.track(1)], "0.14")

    buy(buyer, [shelf.album], "0.21", key="key-2")

    assert balance_of(user=buyer, currency="USD") == usd("9.65")


def test_an_album_that_its_tracks_outpaid_costs_a_cent() -> None:
    a_store()
    shelf, buyer = a_shelf(album_price="0.20"), a_buyer()
    buy(buyer, [shelf.track(1), shelf.track(2)], "0.28")

    buy(buyer, [shelf.album], "0.01", key="key-2")

    assert balance_of(user=buyer, currency="USD") == usd("9.71")


def test_the_same_key_again_answers_with_the_same_order() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()

    first = buy(buyer, [shelf.track(1)], "0.14")
    again = buy(buyer, [shelf.track(1)], "0.14")

    assert first == again
    assert Entry.objects.filter(kind="sale").count() == 1


def test_the_same_key_for_another_cart_is_refused() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    buy(buyer, [shelf.track(1)], "0.14")

    with pytest.raises(errors.KeyReusedError):
        buy(buyer, [shelf.track(2)], "0.14")

    assert Entry.objects.filter(kind="sale").count() == 1


@pytest.mark.parametrize("shown", ["0.13", "0.15", "0.01"])
def test_another_price_than_the_store_s_is_refused(shown: str) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()

    with pytest.raises(errors.PriceChangedError) as refused:
        buy(buyer, [shelf.track(1)], shown)

    assert refused.value.now == usd("0.14")
    assert nothing_was_bought()


def test_a_balance_that_is_too_small_buys_nothing() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer(balance="0.139999")

    with pytest.raises(errors.BalanceTooSmallError):
        buy(buyer, [shelf.track(1)], "0.14")

    assert nothing_was_bought()
    assert balance_of(user=buyer, currency="USD") == usd("0.139999")


def test_what_is_owned_is_not_paid_again() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    buy(buyer, [shelf.album], "0.35")

    with pytest.raises(errors.AlreadyOwnedError):
        buy(buyer, [shelf.track(2)], "0.14", key="key-2")
    with pytest.raises(errors.AlreadyOwnedError):
        buy(buyer, [shelf.album], "0.35", key="key-3")


def test_a_sale_outside_the_granted_territories_is_refused_when_paying() -> None:
    a_store()
    shelf = a_shelf(territories=Territories.of("DE", "AT"))
    buyer = a_buyer()

    with pytest.raises(errors.RefusedError) as refused:
        buy(buyer, [shelf.track(1)], "0.14")

    assert refused.value.reasons[0].code == "territory"
    assert nothing_was_bought()


def test_a_closed_grant_and_a_stop_refuse() -> None:
    a_store()
    closed, stopped, buyer = a_shelf("Closed"), a_shelf("Stopped"), a_buyer()
    close_grant(grant_id=Grant.objects.get(track=closed.tracks[0]).pk, now=NOON)
    stop_sale(release_id=stopped.release.pk, kind="takedown", sentence="Taken down.", now=NOON)

    for shelf, code in ((closed, "no-grant"), (stopped, "stopped-takedown")):
        with pytest.raises(errors.RefusedError) as refused:
            buy(buyer, [shelf.track(1)], "0.14")
        assert refused.value.reasons[0].code == code
    assert nothing_was_bought()


def test_a_release_and_its_own_track_are_not_sold_together() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()

    with pytest.raises(errors.CartOverlapsError):
        buy(buyer, [shelf.album, shelf.track(1)], "0.49")
    with pytest.raises(errors.CartEmptyError):
        buy(buyer, [], "0.00")


def test_a_mistake_at_the_till_leaves_nobody_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_purchases):
        raise ZeroDivisionError

    monkeypatch.setattr(till, "sell", broken)
    purchase = Purchase(1, (), "US", usd("0.14"), "key", NOON)

    for _ in range(2):
        assert isinstance(till._till.serve(purchase), till.TillFailedError)
    assert not till._till._line


def test_a_till_where_nobody_comes_closes_and_opens_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(purchases):
        return [errors.CartEmptyError(threading.current_thread().name) for _ in purchases]

    monkeypatch.setattr(till, "sell", refuse)
    monkeypatch.setattr(till, "idle_s_max", 0.02)
    purchase = Purchase(1, (), "US", usd("0.14"), "key", NOON)
    shop_till = till._Till()

    for _ in range(2):
        assert str(shop_till.serve(purchase)) == "till"
        closes_at = time.monotonic() + 10
        while shop_till._is_staffed and time.monotonic() < closes_at:
            time.sleep(0.01)
        assert not shop_till._is_staffed


def test_the_first_back_of_a_crowd_waits_for_those_right_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(till, "gather_us", 60_000_000)
    shop_till = till._Till()
    waiting = [till._Waiting(Purchase(n, (), "US", usd("0.14"), "key", NOON)) for n in range(4)]
    shop_till._line.append(waiting[0])
    assert shop_till._take() == waiting[:1], "who comes alone waits for nobody"

    shop_till._is_staffed, shop_till._crowd = True, 3
    with ThreadPoolExecutor(4) as pool:
        taken = pool.submit(shop_till._take)
        purchases = [pool.submit(shop_till.serve, each.purchase) for each in waiting[1:]]
        served = taken.result(timeout=30)
        for each in served:
            each.outcome = IndexError("till")
            each.gate.release()
        assert [str(each.result(timeout=30)) for each in purchases] == ["till"] * 3
    assert len(served) == 3

    monkeypatch.setattr(till, "gather_us", 1_000)
    shop_till._line.append(waiting[0])
    assert shop_till._take() == waiting[:1], "nobody waits long for those who do not come"


def test_two_halves_that_take_turns_become_one_crowd_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(till, "gather_us", 500_000)
    monkeypatch.setattr(till, "merge_every", 2)
    shop_till = till._Till()
    shop_till._is_staffed, shop_till._crowd = True, 2
    waiting = [till._Waiting(Purchase(n, (), "US", usd("0.14"), "key", NOON)) for n in range(4)]
    shop_till._line.extend(waiting[:2])
    assert shop_till._take() == waiting[:2], "as many as last time wait for nobody"

    shop_till._line.extend(waiting[2:])
    with ThreadPoolExecutor(3) as pool:
        taken = pool.submit(shop_till._take)
        again = [pool.submit(shop_till.serve, each.purchase) for each in waiting[:2]]
        served = taken.result(timeout=30)
        for each in served:
            each.outcome = IndexError("till")
            each.gate.release()
        assert [str(each.result(timeout=30)) for each in again] == ["till"] * 2
    assert len(served) == 4


def test_those_in_line_are_served_together_and_each_gets_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = []

    def slow(purchases):
        sizes.append(len(purchases))
        time.sleep(0.05)
        return [errors.CartEmptyError(purchase.key) for purchase in purchases]

    monkeypatch.setattr(till, "sell", slow)

    def buy_one(n):
        return str(till._till.serve(Purchase(n % 8, (), "US", usd("0.14"), f"key-{n}", NOON)))

    assert at_once(16, buy_one) == [f"key-{n}" for n in range(16)]
    assert sum(sizes) == 16
    assert len(sizes) < 16
