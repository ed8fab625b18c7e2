"""Most is sold by heart, in one statement; nothing is written where that is no longer so."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from builders import NOON, Shelf, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders import errors, work
from pennywhistle.apps.orders.known import looks_after
from pennywhistle.apps.orders.models import Entitlement, Order, OrderLine
from pennywhistle.apps.orders.purchases import Outcome, Purchase
from pennywhistle.apps.orders.queries import buyers_at_till
from pennywhistle.apps.orders.work import looks_max, sell
from pennywhistle.apps.orders.writing import write
from pennywhistle.apps.rights.actions import close_grant, set_up_store, stop_sale
from pennywhistle.apps.rights.models import Grant
from pennywhistle.apps.rights.queries import ItemRef
from pennywhistle.apps.taxes.actions import set_tax_rate
from pennywhistle.apps.users.models import User
from pennywhistle.kernel.period import Period
from threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shelf() -> Shelf:
    """A shelf whose tracks and album this session knows by heart, as well as the terms."""
    a_store()
    shelf = a_shelf()
    somebody = a_buyer("somebody@example.org")
    wanted = [shelf.track(number) for number in range(1, 4)]
    assert ids([wants(somebody, *wanted, shown="0.42", key="warm-1")])
    with pytest.raises(errors.RefusedError, match="owns all of it"):
        answer(wants(somebody, shelf.album, shown="0.35", key="warm-2"))
    return shelf


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many purchases the till looked at, each time that it did."""
    counts: list[int] = []

    def counting(asking):
        counts.append(len(asking))
        return buyers_at_till(asking)

    monkeypatch.setattr(work, "buyers_at_till", counting)
    return counts


def wants(
    user: User, *refs: ItemRef, shown: str = "0.14", key: str = "key-1", territory: str = "US"
) -> Purchase:
    return Purchase(user.pk, refs, territory, usd(shown), key, NOON)


def ids(purchases: list[Purchase]) -> list[Outcome]:
    outcomes = sell(purchases)
    assert Order.objects.filter(id__in=outcomes).count() == len(purchases)
    return outcomes


def answer(purchase: Purchase) -> Outcome:
    (outcome,) = sell([purchase])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def test_what_is_known_is_sold_without_looking(shelf: Shelf, looks: list[int]) -> None:
    first, second = a_buyer("first@example.org"), a_buyer("second@example.org")

    ids([wants(first, shelf.track(1), shelf.track(2), shown="0.28"), wants(second, shelf.track(1))])
    ids([wants(second, a_shelf("Unknown").track(1), key="key-2")])

    assert looks == [1]
    assert balance_of(user=first, currency="USD") == usd("9.72")
    assert Entitlement.objects.of(user=second).count() == 2


def test_the_same_key_again_is_the_same_order(shelf: Shelf, looks: list[int]) -> None:
    buyer = a_buyer()
    bought = answer(wants(buyer, shelf.track(1)))

    assert answer(wants(buyer, shelf.track(1))) == bought
    with pytest.raises(errors.KeyReusedError):
        answer(wants(buyer, shelf.track(2)))
    assert looks == [1, 1]
    assert OrderLine.objects.filter(order_id=bought).count() == 1


def test_what_is_owned_is_neither_paid_again_nor_left_out_of_the_price(shelf: Shelf) -> None:
    buyer = a_buyer()
    answer(wants(buyer, shelf.track(1)))

    with pytest.raises(errors.AlreadyOwnedError):
        answer(wants(buyer, shelf.track(1), key="key-2"))
    with pytest.raises(errors.PriceChangedError):
        answer(wants(buyer, shelf.album, shown="0.35", key="key-3"))
    answer(wants(buyer, shelf.album, shown="0.21", key="key-4"))

    assert balance_of(user=buyer, currency="USD") == usd("9.65")


def test_a_balance_that_is_too_small_buys_nothing(shelf: Shelf) -> None:
    poor, none = a_buyer(balance="0.13"), a_user("none@example.org")

    for user in (poor, none):
        with pytest.raises(errors.BalanceTooSmallError):
            answer(wants(user, shelf.track(1)))
    assert not Order.objects.filter(buyer__in=[poor, none]).exists()


def test_one_who_cannot_pay_does_not_hold_up_the_others(shelf: Shelf) -> None:
    rich, poor = a_buyer("rich@example.org"), a_buyer("poor@example.org", balance="0.13")

    placed, refused = sell([wants(rich, shelf.track(1)), wants(poor, shelf.track(1))])

    assert Order.objects.get(buyer=rich).id == placed
    assert isinstance(refused, errors.BalanceTooSmallError)


def test_any_change_since_is_looked_at_first(shelf: Shelf, looks: list[int]) -> None:
    buyer = a_buyer()
    close_grant(grant_id=Grant.objects.get(track=shelf.tracks[0]).pk, now=NOON)
    with pytest.raises(errors.RefusedError):
        answer(wants(buyer, shelf.track(1)))
    stop_sale(release_id=shelf.release.pk, kind="takedown", sentence="Taken down.", now=NOON)
    with pytest.raises(errors.RefusedError):
        answer(wants(buyer, shelf.track(2), key="key-2"))

    assert looks == [1, 1]
    assert not Order.objects.filter(buyer=buyer).exists()


def test_new_terms_and_taxes_hold_from_the_next_sale_on(shelf: Shelf) -> None:
    buyer = a_buyer()
    set_up_store(name="Fair", currency="USD", share=Fraction(1, 7), home_country="US")
    first = answer(wants(buyer, shelf.track(1)))
    year = Period(NOON, NOON + timedelta(days=365))
    set_tax_rate(territory="US", rate=Fraction(1, 10), valid=year, source="A law", now=NOON)
    second = answer(wants(buyer, shelf.track(2), key="key-2"))
    # The rate is known now, and that it ends, which nobody notes.
    answer(wants(buyer, shelf.track(3), key="key-3"))
    late = replace(wants(a_buyer("late@example.org"), shelf.track(3)), now=year.ends_at)
    untaxed = answer(late)

    assert OrderLine.objects.get(order_id=first).verdict.document["store_share"] == "1/7"
    rates = [
        OrderLine.objects.get(order_id=order).verdict.document["tax_rate"]
        for order in (first, second, untaxed)
    ]
    assert rates == ["0", "1/10", "0"]


def test_what_was_known_long_ago_is_looked_at(shelf: Shelf, looks: list[int]) -> None:
    purchase = wants(a_buyer(), shelf.track(1))

    answer(replace(purchase, now=NOON + looks_after + timedelta(seconds=1)))

    assert looks == [1]


def buying_meanwhile(monkeypatch: pytest.MonkeyPatch, meanwhile: list[Purchase]) -> None:
    """Somewhere else, somebody buys after the till judged and before it writes, once a writing."""

    def write_later(cleared, *, snapshot):
        if meanwhile:
            purchase = meanwhile.pop(0)
            with monkeypatch.context() as undone:
                undone.setattr(work, "write", write)
                assert not isinstance(at_once(1, lambda _: answer(purchase))[0], Exception)
        return write(cleared, snapshot=snapshot)

    monkeypatch.setattr(work, "write", write_later)


def test_an_album_is_priced_anew_when_its_track_is_bought_meanwhile(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = a_buyer()
    buying_meanwhile(monkeypatch, [wants(buyer, shelf.track(1), key="meanwhile")])

    with pytest.raises(errors.PriceChangedError) as refused:
        answer(wants(buyer, shelf.album, shown="0.35"))

    assert refused.value.now == usd("0.21")
    assert balance_of(user=buyer, currency="USD") == usd("9.86")


def test_one_key_in_two_places_is_one_order(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    buyer = a_buyer()
    purchase = wants(buyer, shelf.track(1))
    buying_meanwhile(monkeypatch, [purchase])

    bought = answer(purchase)

    assert Order.objects.get(buyer=buyer).id == bought
    assert Entry.objects.filter(kind="sale", order_line__order_id=bought).count() == 1


def test_whoever_buys_all_the_time_elsewhere_is_asked_to_look_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer, other = a_buyer(), a_shelf("Other", track_count=looks_max + 2)
    refs = [other.track(number) for number in range(1, looks_max + 2)]
    buying_meanwhile(
        monkeypatch, [wants(buyer, ref, key=f"meanwhile-{n}") for n, ref in enumerate(refs)]
    )

    with pytest.raises(errors.RightsChangedError):
        answer(wants(buyer, other.track(looks_max + 2)))

    assert answer(wants(buyer, other.track(looks_max + 2))) is not None
    account = Account.objects.balance_of(user=buyer, currency="USD").get()
    sold = Posting.objects.filter(account=account, entry__kind="sale").count()
    assert sold == looks_max + 2
