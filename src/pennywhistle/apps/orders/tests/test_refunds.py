"""A refund is the exact negative of its sale, once, and ends what was bought by it."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from builders import NOON, a_buyer, a_shelf, a_store, a_user, usd
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.ledger.reversing import NotASaleError, write_refund
from pennywhistle.apps.orders import errors
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.actions.downloads import (
    DownloadWaitsError,
    NotOwnedError,
    begin_downloads,
    begin_whole,
    record_waiver,
)
from pennywhistle.apps.orders.actions.refunds import (
    ReasonMissingError,
    RefundAsked,
    RefundRefusedError,
    SaleUnknownError,
    TermsInvalidError,
    refund_sale,
    set_refund_terms,
)
from pennywhistle.apps.orders.letters import letters_waiting, note_letter_sent
from pennywhistle.apps.orders.models import Download, Entitlement, OrderLine, Refund, Waiver
from pennywhistle.apps.orders.queries import entitlement_to
from pennywhistle.apps.orders.returns import Against, Terms, return_of, waits_until
from pennywhistle.kernel.entry_id import new_entry_id

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def buy(user, refs, shown, *, key="key-1", territory="US", now=NOON) -> OrderLine:
    """The first line of what was bought."""
    order_id = check_out(
        buyer_id=user.pk, wanted=refs, territory=territory, shown=usd(shown), key=key, now=now
    )
    return OrderLine.objects.filter(order=order_id).order_by("pk").first()


def give_back(user, line, *, now=LATER, why=Refund.Why.BUYER, reason=""):
    return refund_sale(asked=RefundAsked(line.pk, user.pk, why, reason), now=now)


def amounts_of(entry) -> list[tuple[int, int]]:
    rows = Posting.objects.filter(entry=entry).order_by("line")
    return list(rows.values_list("account_id", "amount_micro"))


def refused(user, line, **more) -> Against:
    with pytest.raises(RefundRefusedError) as error:
        give_back(user, line, **more)
    assert not Refund.objects.exists()
    assert not Entry.objects.filter(kind="refund").exists()
    return error.value.against


def test_every_posting_is_reversed_and_the_price_is_on_the_balance_again() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer(balance="1.00")
    line = buy(buyer, [shelf.track(1)], "0.14")

    refund = give_back(buyer, line)

    sold, reversed_ = amounts_of(line.pk), amounts_of(refund.entry_id)
    assert reversed_ == [(account, -amount) for account, amount in sold]
    assert balance_of(user=buyer, currency="USD") == usd("1.00")
    entry = Entry.objects.get(id=refund.entry_id)
    assert (entry.kind, entry.reverses_id, entry.subject_id) == ("refund", line.pk, sold[0][0])
    assert not Entitlement.objects.of(user=buyer).exists()
    assert Entitlement.objects.get().ended_by_id == refund.entry_id


def test_a_second_refund_is_the_first_one() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer(balance="1.00")
    line = buy(buyer, [shelf.track(1)], "0.14")

    assert give_back(buyer, line) == give_back(buyer, line)

    assert Entry.objects.filter(kind="refund").count() == 1
    assert balance_of(user=buyer, currency="USD") == usd("1.00")


def test_a_payee_who_was_paid_since_owes_it() -> None:
    a_store()
    shelf, buyer = a_shelf(shares=(1,)), a_buyer()
    line = buy(buyer, [shelf.track(1)], "0.14")

    give_back(buyer, line)

    payee = Account.objects.get(kind="payee")
    found = Posting.objects.on([payee.number]).aggregate(total=Sum("amount_micro"))
    assert found["total"] == 0
    assert Posting.objects.aggregate(total=Sum("amount_micro"))["total"] == 0


def test_what_was_given_back_can_be_bought_and_given_back_again() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    for number in range(3):
        line = buy(buyer, [shelf.track(1)], "0.14", key=f"key-{number}")
        give_back(buyer, line)

    assert Entitlement.objects.count() == 3
    assert not Entitlement.objects.of(user=buyer).exists()
    assert balance_of(user=buyer, currency="USD") == usd("10.00")


def test_it_leaves_the_shelf_and_what_covers_its_tracks() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    line = buy(buyer, [shelf.album], "0.35")
    track = {"release_id": shelf.release.pk, "track_id": shelf.tracks[0].pk}
    assert entitlement_to(user=buyer, **track)

    give_back(buyer, line)

    assert entitlement_to(user=buyer, **track) is None
    assert entitlement_to(user=buyer, release_id=shelf.release.pk, track_id=None) is None


def test_a_refunded_track_no_longer_counts_toward_the_album() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    line = buy(buyer, [shelf.track(1)], "0.14")
    buy(buyer, [shelf.track(2)], "0.14", key="key-2")
    give_back(buyer, line)

    with pytest.raises(errors.PriceChangedError) as told:
        buy(buyer, [shelf.album], "0.07", key="key-3")

    assert told.value.now == usd("0.21")


def test_an_album_that_was_completed_goes_back_before_its_tracks() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    track = buy(buyer, [shelf.track(1)], "0.14")
    album = buy(buyer, [shelf.album], "0.21", key="key-2")

    assert refused(buyer, track) is Against.ALBUM
    give_back(buyer, album)
    give_back(buyer, track)

    assert balance_of(user=buyer, currency="USD") == usd("10.00")


def test_an_album_given_back_costs_what_its_completion_costs() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    buy(buyer, [shelf.track(1)], "0.14")
    give_back(buyer, buy(buyer, [shelf.album], "0.21", key="key-2"))

    buy(buyer, [shelf.album], "0.21", key="key-3")

    assert balance_of(user=buyer, currency="USD") == usd("9.65")


@pytest.mark.parametrize(
    ("terms", "fetched", "after", "against"),
    [
        (Terms(14, 0), 0, timedelta(days=14) - timedelta(microseconds=1), Against.NOTHING),
        (Terms(14, 0), 0, timedelta(days=14), Against.TIME),
        (Terms(14, 0), 1, timedelta(hours=1), Against.DOWNLOADS),
        (Terms(14, 1), 1, timedelta(hours=1), Against.NOTHING),
        (Terms(14, 1), 2, timedelta(hours=1), Against.DOWNLOADS),
        (Terms(0, 5), 0, timedelta(0), Against.TIME),
    ],
)
def test_the_terms_of_the_day_of_purchase_decide(terms, fetched, after, against) -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    set_refund_terms(terms=terms, user_id=None, now=NOON - timedelta(days=1))
    line = buy(buyer, [shelf.album], "0.35")
    set_refund_terms(terms=Terms(30, 30), user_id=None, now=NOON + timedelta(seconds=1))
    ids = [track.pk for track in shelf.tracks[:fetched]]
    begin_downloads(user_id=buyer.pk, track_ids=ids, now=NOON)

    assert return_of(line, now=NOON + after).against is against
    if against is Against.NOTHING:
        give_back(buyer, line, now=NOON + after)
    else:
        assert refused(buyer, line, now=NOON + after) is against


def test_terms_have_bounds() -> None:
    for terms in (Terms(366, 0), Terms(14, 1_001), Terms(-1, 0)):
        with pytest.raises(TermsInvalidError):
            set_refund_terms(terms=terms, user_id=None, now=NOON)


def test_an_operator_refunds_any_sale_with_a_reason() -> None:
    a_store()
    shelf, buyer, operator = a_shelf(), a_buyer(), a_user("office@example.org")
    line = buy(buyer, [shelf.album], "0.35")
    begin_whole(user_id=buyer.pk, entitlement_ids=[Entitlement.objects.get().pk], now=NOON)
    later = NOON + timedelta(days=400)

    with pytest.raises(ReasonMissingError):
        give_back(operator, line, why=Refund.Why.OPERATOR, reason=" ", now=later)
    refund = give_back(operator, line, why=Refund.Why.OPERATOR, reason="A bad master.", now=later)

    assert (refund.reason, refund.asked_by) == ("A bad master.", operator)
    assert Download.objects.count() == 3


def test_not_even_an_operator_takes_back_what_an_album_counted_before_the_album() -> None:
    a_store()
    shelf, buyer, operator = a_shelf(), a_buyer(), a_user("office@example.org")
    track = buy(buyer, [shelf.track(1)], "0.14")
    album = buy(buyer, [shelf.album], "0.21", key="key-2")
    by_store = {"why": Refund.Why.OPERATOR, "reason": "A bad master."}

    assert refused(operator, track, **by_store) is Against.ALBUM
    give_back(operator, album, **by_store)
    give_back(operator, track, **by_store)

    assert balance_of(user=buyer, currency="USD") == usd("10.00")


def test_another_s_purchase_is_not_there() -> None:
    a_store()
    shelf, buyer, other = a_shelf(), a_buyer(), a_user("other@example.org")
    line = buy(buyer, [shelf.track(1)], "0.14")

    with pytest.raises(SaleUnknownError):
        give_back(other, line)
    with pytest.raises(NotASaleError):
        write_refund(sale_id=uuid4(), now=NOON)
    with pytest.raises(NotOwnedError):
        record_waiver(user_id=other.pk, order_id=line.order_id, words="Yes.", now=NOON)


def test_the_database_takes_no_other_refund() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    line = buy(buyer, [shelf.track(1)], "0.14")
    sale = Entry.objects.get(id=line.pk)
    right = Entry(
        id=new_entry_id(NOON),
        kind="refund",
        key="other",
        occurred_at=NOON,
        subject_id=sale.subject_id,
        item=sale.item,
        price_micro=sale.price_micro,
        territory=sale.territory,
        currency=sale.currency,
        accounts=sale.accounts,
        amounts_micro=[-each for each in sale.amounts_micro],
        reverses_id=sale.pk,
    )
    top_up = Entry.objects.get(kind="top_up")
    wrong = [
        {"amounts_micro": [each // 2 for each in right.amounts_micro]},
        {"amounts_micro": right.amounts_micro[::-1]},
        {"reverses_id": top_up.pk},
        {"reverses_id": None},
        {"price_micro": 1},
    ]
    for change in wrong:
        fields = {f.attname: getattr(right, f.attname) for f in Entry._meta.concrete_fields}
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.create(**fields | change)
    give_back(buyer, line)
    with pytest.raises(IntegrityError), transaction.atomic():
        right.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Entitlement.objects.update(ended_at=None, ended_by=None)


def test_an_entitlement_ends_only_by_the_refund_of_its_sale() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    first = buy(buyer, [shelf.track(1)], "0.14")
    second = buy(buyer, [shelf.track(2)], "0.14", key="key-2")
    refund = give_back(buyer, first)

    for change in (
        {"ended_at": NOON},
        {"ended_at": NOON, "ended_by": refund.entry},
        {"granted_at": LATER},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Entitlement.objects.filter(line=second).update(**change)


def test_a_download_after_a_refund_does_not_begin() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    line = buy(buyer, [shelf.track(1)], "0.14")
    entitlement = Entitlement.objects.get()
    give_back(buyer, line)

    with pytest.raises(NotOwnedError):
        begin_downloads(user_id=buyer.pk, track_ids=[shelf.tracks[0].pk], now=LATER)
    with pytest.raises(NotOwnedError):
        begin_whole(user_id=buyer.pk, entitlement_ids=[entitlement.pk], now=LATER)
    assert not Download.objects.exists()


def test_a_track_that_was_bought_by_itself_too_counts_for_itself() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    track = buy(buyer, [shelf.track(1)], "0.14")
    buy(buyer, [shelf.album], "0.21", key="key-2")

    for _ in range(2):
        begin_downloads(user_id=buyer.pk, track_ids=[shelf.tracks[0].pk], now=NOON)

    assert Download.objects.get().entitlement.line_id == track.pk


def test_downloads_in_europe_wait_until_their_buyer_asks_for_them() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    line = buy(buyer, [shelf.track(1)], "0.14", territory="DE")
    wanted = {"user_id": buyer.pk, "track_ids": [shelf.tracks[0].pk]}

    with pytest.raises(DownloadWaitsError) as waits:
        begin_downloads(**wanted, now=LATER)
    assert waits.value.until == NOON + timedelta(days=15)
    assert waits_until(line.order_id, now=LATER) == waits.value.until
    record_waiver(user_id=buyer.pk, order_id=line.order_id, words="At once.", now=LATER)
    begin_downloads(**wanted, now=LATER)

    waiver = Waiver.objects.get()
    assert (waiver.words, waiver.given_at) == ("At once.", LATER)
    assert waits_until(line.order_id, now=LATER) is None


def test_downloads_that_nobody_asked_for_at_once_begin_when_the_right_has_ended() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    line = buy(buyer, [shelf.track(1)], "0.14", territory="DE")
    then = NOON + timedelta(days=15)

    begin_downloads(user_id=buyer.pk, track_ids=[shelf.tracks[0].pk], now=then)

    assert waits_until(line.order_id, now=then) is None
    assert return_of(line, now=then).against_withdrawal is Against.TIME


def test_the_right_to_withdraw_is_lost_only_with_all_three_proofs_and_a_download() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    line = buy(buyer, [shelf.track(1)], "0.14", territory="DE")

    def against():
        return return_of(line, now=LATER).against_withdrawal

    assert against() is Against.NOTHING
    record_waiver(user_id=buyer.pk, order_id=line.order_id, words="At once.", now=NOON)
    begin_downloads(user_id=buyer.pk, track_ids=[shelf.tracks[0].pk], now=NOON)
    assert against() is Against.NOTHING, "nobody has confirmed the waiver yet"
    (letter,) = letters_waiting()
    note_letter_sent(letter_id=letter.pk, now=LATER)
    assert against() is Against.DOWNLOADS
    assert not letters_waiting()
    assert refused(buyer, line, why=Refund.Why.WITHDRAWAL) is Against.DOWNLOADS


def test_the_law_gives_no_right_where_it_does_not_hold() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    line = buy(buyer, [shelf.track(1)], "0.14")

    assert return_of(line, now=LATER).against_withdrawal is Against.LAW
    assert replace(return_of(line, now=LATER), against=Against.TIME).is_possible is False
