"""Refunds beside refunds, downloads and purchases: money and rights move once."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import Sum

from builders import NOON, a_buyer, a_shelf, a_store, usd
from pennywhistle.apps.ledger.models import Entry, Posting
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.orders import work
from pennywhistle.apps.orders.actions import check_out, downloads, refunds
from pennywhistle.apps.orders.actions.downloads import NotOwnedError, begin_downloads
from pennywhistle.apps.orders.actions.refunds import RefundAsked, RefundRefusedError, refund_sale
from pennywhistle.apps.orders.errors import CheckoutError
from pennywhistle.apps.orders.models import Download, Entitlement, OrderLine, Refund
from threads import at_once, overtaken

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOON + timedelta(hours=1)


def buy(user, ref, shown, *, key="key-1") -> UUID:
    return check_out(
        buyer_id=user.pk, wanted=[ref], territory="US", shown=usd(shown), key=key, now=NOON
    )


def give_back(user, sale_id):
    return refund_sale(asked=RefundAsked(sale_id, user.pk), now=LATER)


def a_sale(user, ref, shown="0.14", *, key="key-1") -> UUID:
    return OrderLine.objects.get(order=buy(user, ref, shown, key=key)).pk


def test_one_sale_in_twenty_threads_is_refunded_once() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    sale = a_sale(buyer, shelf.track(1))

    answers = at_once(20, lambda _: give_back(buyer, sale).entry_id)

    assert set(answers) == {Refund.objects.get().entry_id}
    assert Entry.objects.filter(kind="refund").count() == 1
    assert balance_of(user=buyer, currency="USD") == usd("10.00")


def test_of_a_refund_and_downloads_that_begin_at_once_one_side_wins() -> None:
    a_store()
    shelf, buyer = a_shelf(track_count=10), a_buyer()
    sales = [a_sale(buyer, shelf.track(n), key=f"key-{n}") for n in range(1, 11)]

    def act(number: int) -> object:
        if number % 2:
            return give_back(buyer, sales[number // 2])
        ids = [shelf.tracks[number // 2].pk]
        return begin_downloads(user_id=buyer.pk, track_ids=ids, now=LATER)

    answers = at_once(20, act)

    for number, sale in enumerate(sales):
        fetched = Download.objects.filter(entitlement__line=sale).exists()
        refunded = Refund.objects.filter(line=sale).exists()
        assert fetched != refunded
        lost = answers[2 * number] if refunded else answers[2 * number + 1]
        assert isinstance(lost, NotOwnedError if refunded else RefundRefusedError)


def test_a_refund_waits_for_a_download_that_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    sale = a_sale(buyer, shelf.track(1))

    def late_refund() -> None:
        with pytest.raises(RefundRefusedError):
            give_back(buyer, sale)

    overtaken(
        monkeypatch,
        (downloads.Download.objects, "bulk_create"),
        lambda: begin_downloads(user_id=buyer.pk, track_ids=[shelf.tracks[0].pk], now=LATER),
        late_refund,
    )

    assert Download.objects.count() == 1
    assert Entitlement.objects.get().ended_at is None


def test_a_download_waits_for_a_refund_and_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    sale = a_sale(buyer, shelf.track(1))

    def late_download() -> None:
        with pytest.raises(NotOwnedError):
            begin_downloads(user_id=buyer.pk, track_ids=[shelf.tracks[0].pk], now=LATER)

    overtaken(monkeypatch, (refunds, "write_refund"), lambda: give_back(buyer, sale), late_download)

    assert not Download.objects.exists()


def test_refunding_and_buying_again_at_once_leaves_one_of_both_states() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    sale = a_sale(buyer, shelf.track(1))

    answers = at_once(
        12,
        lambda n: (
            give_back(buyer, sale)
            if n % 2
            else buy(buyer, shelf.track(1), "0.14", key=f"again-{n}")
        ),
    )

    others = [each for each in answers if isinstance(each, Exception)]
    assert all(isinstance(each, CheckoutError) for each in others), others
    owned = Entitlement.objects.of(user=buyer).count()
    assert owned in {0, 1}
    assert balance_of(user=buyer, currency="USD") == usd("9.86" if owned else "10.00")
    assert Posting.objects.aggregate(total=Sum("amount_micro"))["total"] == 0


def test_an_album_is_not_sold_at_the_price_of_a_completion_that_ended_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The till counted the track; it is refunded before the album is written."""
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    sale = a_sale(buyer, shelf.track(1))
    real, has_refunded = work.write, []

    def write(cleared, *, snapshot):
        if not has_refunded:
            has_refunded.append(at_once(1, lambda _: give_back(buyer, sale)))
        return real(cleared, snapshot=snapshot)

    monkeypatch.setattr(work, "write", write)
    with pytest.raises(CheckoutError) as told:
        buy(buyer, shelf.album, "0.21", key="key-2")

    assert told.value.code == "price-changed"
    assert has_refunded
    assert balance_of(user=buyer, currency="USD") == usd("10.00")
