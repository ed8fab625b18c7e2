"""A code lowers what it is for, is used as often as it says, and only by what was bought."""

from datetime import timedelta
from fractions import Fraction
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from builders import NOON, a_buyer, a_shelf, a_store, usd
from offering_shop import a_campaign, a_code, change, open_up, purchase
from pennywhistle.apps.ledger.models import Account, Entry, Posting
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.offers import errors
from pennywhistle.apps.offers.actions import (
    CampaignAsked,
    add_code,
    add_single_codes,
    close_campaign,
    make_campaign,
)
from pennywhistle.apps.offers.actions import purchase as buying
from pennywhistle.apps.offers.arranging import arrange
from pennywhistle.apps.offers.asking import Asker, CodeWord, LineWord, Wish
from pennywhistle.apps.offers.models import Campaign, Code, Outlay, Redemption
from pennywhistle.apps.offers.texts import kept_text, shown_text
from pennywhistle.apps.offers.tries import may_try, note_wrong_try, wrong_tries_max
from pennywhistle.apps.orders import errors as checkout
from pennywhistle.apps.orders.actions import check_out
from pennywhistle.apps.orders.models import Order
from pennywhistle.kernel.period import Period
from threads import at_once

pytestmark = pytest.mark.django_db


def arranged(*refs, codes=("SPRING26",), buyer=None, at=NOON, offered=None):
    asker = Asker(buyer.pk if buyer else 0, "US", at)
    return arrange(Wish(tuple(refs), offered or {}, tuple(codes)), asker)


def test_a_supplier_s_code_lowers_the_price_that_all_share_in() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    code = a_code(shelf)

    purchase(buyer, [shelf.track(1)], "0.112", codes=["spring-26"])

    amounts = Posting.objects.filter(entry__kind="sale").values_list("amount_micro", flat=True)
    assert sorted(amounts) == [-112_000, 11_200, 50_400, 50_400]
    redemption = Redemption.objects.get()
    assert (redemption.code, redemption.buyer, redemption.saved_micro) == (code, buyer, 28_000)
    code.refresh_from_db()
    assert code.used_count == 1


def test_the_store_s_code_is_paid_by_the_store() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    a_code(None, part="1/2")

    purchase(buyer, [shelf.track(1)], "0.07", codes=["SPRING26"])

    amounts = dict(
        Posting.objects.filter(entry__kind="sale").values_list("account__kind", "amount_micro")
    )
    assert amounts == {
        Account.Kind.BALANCE: -70_000,
        Account.Kind.STORE: 7_000,
        Account.Kind.PAYEE: 63_000,
        Account.Kind.SUBSIDY: -63_000,
    }


def test_the_store_s_code_takes_off_no_more_than_its_campaign_gives() -> None:
    a_store()
    shelf = a_shelf(album_price="1000.00")
    buyers = [a_buyer(f"{n}@example.org", balance="1000.00") for n in range(2)]
    a_code(None, of_one="5", of_all="8")

    first = arranged(shelf.album)
    purchase(buyers[0], [shelf.album], "995.00", codes=["SPRING26"])
    second = arranged(shelf.album)
    purchase(buyers[1], [shelf.album], "997.00", codes=["SPRING26"])

    assert first.lowered[shelf.album].now == usd("995.00")
    assert [each.word for each in first.untouched[shelf.album]] == [LineWord.AT_MOST]
    assert second.lowered[shelf.album].now == usd("997.00")
    assert arranged(shelf.album).codes[0].word is CodeWord.SPENT
    assert Outlay.objects.get().given_micro == 8_000_000
    spent = Posting.objects.filter(account__kind=Account.Kind.SUBSIDY)
    assert -sum(spent.values_list("amount_micro", flat=True)) <= 8_000_000


def test_the_limit_is_of_the_purchase_not_of_each_thing_in_it() -> None:
    a_store()
    shelf = a_shelf()
    a_code(None, part="1/2", of_one="0.10", of_all="1.00")

    found = arranged(shelf.track(1), shelf.track(2), shelf.track(3))

    now = [found.lowered[shelf.track(n)].now for n in (1, 2) if shelf.track(n) in found.lowered]
    assert now == [usd("0.07"), usd("0.11")]
    assert [each.word for each in found.untouched[shelf.track(3)]] == [LineWord.AT_MOST]
    assert found.codes[0].saved_micro == 100_000


def test_who_names_the_price_gets_nothing_of_the_store_s() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    open_up(shelf)
    a_code(None)
    named = {shelf.track(1): usd("5.00")}

    purchase(buyer, [shelf.track(1)], "5.00", codes=["SPRING26"], offered=named)

    assert not Redemption.objects.exists()
    assert not Posting.objects.filter(account__kind=Account.Kind.SUBSIDY).exists()


@pytest.mark.parametrize("limits", [None, ("0", "1"), ("2", "1")])
def test_a_campaign_of_the_store_says_what_it_gives_at_most(limits) -> None:
    both = tuple(usd(each) for each in limits) if limits else None
    asked = CampaignAsked(None, "Spring", Fraction(1, 5), Period.always(), limits=both)

    with pytest.raises(errors.LimitsError):
        make_campaign(asked=asked, now=NOON)

    assert not Campaign.objects.exists()


def test_the_database_refuses_what_is_more_than_a_campaign_gives() -> None:
    a_store()
    shelf, one, other = a_shelf(), a_buyer(), a_buyer("other@example.org")
    code = a_code(None, part="1/2", of_one="0.07", of_all="0.10")
    order_id = purchase(one, [shelf.track(1)], "0.07", codes=["SPRING26"])

    def redeem(saved_micro: int, code: Code) -> None:
        Redemption.objects.create(
            code=code,
            buyer=other,
            order_id=order_id,
            currency="USD",
            saved_micro=saved_micro,
            redeemed_at=NOON,
        )

    with pytest.raises(IntegrityError, match="offers_outlay_total"), transaction.atomic():
        redeem(30_001, code)
    with pytest.raises(IntegrityError, match="saves more"), transaction.atomic():
        redeem(1, code)
    unlimited = Campaign.objects.create(
        title="Old", part_numerator=1, part_denominator=2, is_listed=False, recorded_at=NOON
    )
    old = add_code(campaign_id=unlimited.pk, text="OLDCODE", uses=None, now=NOON)
    with pytest.raises(IntegrityError, match="nobody said"), transaction.atomic():
        redeem(1, old)
    assert arranged(shelf.track(2), codes=["OLDCODE"]).codes[0].word is CodeWord.ENDED
    for statement in ("UPDATE offers_outlay SET given_micro = 0", "DELETE FROM offers_outlay"):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_no_more_than_a_campaign_gives() -> None:
    a_store()
    shelf = a_shelf()
    buyers = [a_buyer(f"buyer-{number}@example.org") for number in range(8)]
    a_code(None, part="1/2", of_one="0.10", of_all="0.21")

    answers = at_once(
        8, lambda n: purchase(buyers[n], [shelf.track(1)], "0.07", codes=["SPRING26"])
    )

    refused = [each for each in answers if isinstance(each, Exception)]
    assert len(refused) == 5
    assert all(isinstance(each, checkout.PriceChangedError) for each in refused)
    assert Outlay.objects.get().given_micro == 210_000


def test_a_code_for_listed_releases_is_for_their_tracks_and_for_no_other() -> None:
    a_store()
    one, other = a_shelf("One", label_of="Tin"), a_shelf("Other", label_of="Tin")
    foreign = a_shelf("Foreign")
    a_code(one, releases=(one,))

    found = arranged(one.track(1), other.track(1), foreign.track(1))

    assert set(found.lowered) == {one.track(1)}
    words = {ref: [each.word for each in words] for ref, words in found.untouched.items()}
    assert words == {
        other.track(1): [LineWord.NOT_FOR_IT],
        foreign.track(1): [LineWord.NOT_FOR_IT],
    }


def test_of_two_codes_the_better_one_counts_and_the_other_is_not_used_up() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    a_code(shelf, "LESS", part="1/10", uses=1)
    a_code(shelf, "MORE", part="1/2", uses=1)

    purchase(buyer, [shelf.track(1)], "0.07", codes=["LESS", "MORE"])

    assert dict(Code.objects.values_list("text", "used_count")) == {"LESS": 0, "MORE": 1}


def test_a_code_stops_at_the_floor_and_says_so() -> None:
    a_store()
    shelf = a_shelf(track_price="0.01")
    a_code(shelf)

    found = arranged(shelf.track(1))

    assert found.codes[0].word is CodeWord.NOTHING_FOR_IT
    assert [each.word for each in found.untouched[shelf.track(1)]] == [LineWord.AT_FLOOR]


def test_who_names_the_price_needs_no_code() -> None:
    a_store()
    shelf = a_shelf()
    open_up(shelf)
    a_code(shelf)

    named = arranged(shelf.track(1), offered={shelf.track(1): usd("1.00")})
    least = arranged(shelf.track(1))

    assert [each.word for each in named.untouched[shelf.track(1)]] == [LineWord.OWN_PRICE]
    assert least.lowered[shelf.track(1)].now == usd("0.112")


def test_a_code_that_does_not_count_lowers_nothing_and_says_why() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    day = timedelta(days=1)
    a_code(shelf, "EARLY", starts_at=NOON + day)
    a_code(shelf, "LATE", ends_at=NOON + day)
    a_code(shelf, "GONE", uses=1)
    closed = a_code(shelf, "CLOSED")
    close_campaign(campaign_id=closed.campaign_id, now=NOON)
    purchase(buyer, [shelf.track(1)], "0.112", codes=["GONE"])
    texts = ["EARLY", "LATE", "GONE", "CLOSED", "NEVER WAS"]

    found = arranged(shelf.track(2), codes=texts, at=NOON + 2 * day - timedelta(hours=25))
    mine = arranged(shelf.track(2), codes=["GONE"], buyer=buyer)
    late = arranged(shelf.track(2), codes=["LATE"], at=NOON + 2 * day)

    assert [each.word for each in found.codes] == [
        CodeWord.NOT_YET,
        CodeWord.WORKS,
        CodeWord.USED_UP,
        CodeWord.ENDED,
        CodeWord.UNKNOWN,
    ]
    assert mine.codes[0].word is CodeWord.USED_BY_YOU
    assert late.codes[0].word is CodeWord.ENDED


def test_a_refused_purchase_uses_nothing_up() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer(balance="0.05")
    code = a_code(shelf, uses=1)

    with pytest.raises(checkout.BalanceTooSmallError):
        purchase(buyer, [shelf.track(1)], "0.112", codes=["SPRING26"])
    with pytest.raises(checkout.PriceChangedError):
        purchase(buyer, [shelf.track(1)], "0.10", codes=["SPRING26"])

    code.refresh_from_db()
    assert code.used_count == 0
    assert not Redemption.objects.exists()
    assert not Order.objects.exists()


def test_the_same_key_again_uses_nothing_more() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    code = a_code(shelf, uses=1)
    first = purchase(buyer, [shelf.track(1)], "0.112", codes=["SPRING26"])

    assert purchase(buyer, [shelf.track(1)], "0.112", codes=["SPRING26"]) == first
    with pytest.raises(checkout.KeyReusedError):
        purchase(buyer, [shelf.track(2)], "0.112", codes=["SPRING26"])

    code.refresh_from_db()
    assert code.used_count == 1
    assert Entry.objects.filter(kind="sale").count() == 1


def test_a_used_up_code_is_not_taken_at_the_price_that_was_shown() -> None:
    a_store()
    shelf, one, other = a_shelf(), a_buyer(), a_buyer("other@example.org")
    a_code(shelf, uses=1)
    purchase(one, [shelf.track(1)], "0.112", codes=["SPRING26"])

    with pytest.raises(checkout.PriceChangedError):
        purchase(other, [shelf.track(1)], "0.112", codes=["SPRING26"])

    assert balance_of(user=other, currency="USD") == usd("10.00")


@pytest.mark.django_db(transaction=True)
def test_many_at_once_use_a_code_exactly_as_often_as_it_says() -> None:
    a_store()
    shelf = a_shelf()
    buyers = [a_buyer(f"buyer-{number}@example.org") for number in range(8)]
    code = a_code(shelf, uses=3)

    answers = at_once(
        8, lambda n: purchase(buyers[n], [shelf.track(1)], "0.112", codes=["SPRING26"])
    )

    bought = [each for each in answers if not isinstance(each, Exception)]
    refused = [each for each in answers if isinstance(each, Exception)]
    assert len(bought) == 3
    assert all(isinstance(each, checkout.PriceChangedError) for each in refused)
    code.refresh_from_db()
    assert (code.used_count, Redemption.objects.count()) == (3, 3)
    assert Entry.objects.filter(kind="sale").count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_same_purchase_from_many_windows_happens_once() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    code = a_code(shelf, uses=5)

    answers = at_once(4, lambda _: purchase(buyer, [shelf.track(1)], "0.112", codes=["SPRING26"]))

    assert len(set(answers)) == 1
    code.refresh_from_db()
    assert (code.used_count, Entry.objects.filter(kind="sale").count()) == (1, 1)


def test_the_database_refuses_one_use_too_many_and_every_other_change() -> None:
    a_store()
    shelf, one, other = a_shelf(), a_buyer(), a_buyer("other@example.org")
    code = a_code(shelf, uses=1)
    order_id = purchase(one, [shelf.track(1)], "0.112", codes=["SPRING26"])
    again = Redemption(
        code=code, buyer=other, order_id=order_id, currency="USD", saved_micro=1, redeemed_at=NOON
    )

    with pytest.raises(IntegrityError, match="used_as_often"), transaction.atomic():
        again.save()
    for statement in (
        "UPDATE offers_code SET used_count = 0",
        "UPDATE offers_code SET uses_max = 9",
        "DELETE FROM offers_redemption",
        "DELETE FROM offers_code",
        "UPDATE offers_campaign SET part_numerator = 1, part_denominator = 1",
    ):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_single_codes_are_drawn_and_each_is_used_once() -> None:
    a_store()
    shelf, one, other = a_shelf(), a_buyer(), a_buyer("other@example.org")
    campaign = a_campaign(shelf)

    codes = add_single_codes(campaign_id=campaign.pk, count=50, now=NOON)

    texts = {code.text for code in codes}
    assert len(texts) == 50
    assert all(kept_text(shown_text(text).lower()) == text for text in texts)
    purchase(one, [shelf.track(1)], "0.112", codes=[codes[0].text])
    with pytest.raises(checkout.PriceChangedError):
        purchase(other, [shelf.track(1)], "0.112", codes=[codes[0].text])


@pytest.mark.parametrize("count", [0, -1, 1_001])
def test_a_batch_is_neither_empty_nor_endless(count: int) -> None:
    campaign = a_campaign(a_shelf())

    with pytest.raises(errors.TooManyError):
        add_single_codes(campaign_id=campaign.pk, count=count, now=NOON)

    assert not Code.objects.exists()


@pytest.mark.parametrize("text", ["abc", "ÄPFEL", "A" * 25, "NO_LINE", "<script>"])
def test_what_is_no_code_is_not_made(text: str) -> None:
    campaign = a_campaign(a_shelf())

    with pytest.raises(errors.CodeTextError):
        add_code(campaign_id=campaign.pk, text=text, uses=None, now=NOON)


def test_nobody_takes_another_s_code() -> None:
    one, other = a_shelf("One"), a_shelf("Other")
    mine = a_code(one, "SPRING26", uses=5)

    with pytest.raises(errors.CodeTakenError):
        a_code(other, "spring 26")

    again = add_code(campaign_id=mine.campaign_id, text="Spring-26", uses=5, now=NOON)
    assert again == mine


@pytest.mark.parametrize("part", ["0", "-1/5", "6/5"])
def test_a_campaign_takes_off_something_and_not_more_than_all(part: str) -> None:
    asked = CampaignAsked(a_shelf().release.supplier_id, "Spring", Fraction(part), Period.always())

    with pytest.raises(errors.PartOutOfRangeError):
        make_campaign(asked=asked, now=NOON)


def test_a_campaign_names_only_its_supplier_s_releases_and_ends_to_come() -> None:
    one, other = a_shelf("One"), a_shelf("Other")

    with pytest.raises(errors.ReleaseForeignError):
        a_campaign(one, releases=(other,))
    with pytest.raises(errors.PeriodOverError):
        a_campaign(one, ends_at=NOON)

    assert not Campaign.objects.exists()


def test_what_a_code_is_for_follows_the_licensor_whatever_the_campaign_says() -> None:
    a_store()
    shelf, buyer = a_shelf(), a_buyer()
    a_code(shelf)
    change(shelf, lambda terms: terms)

    purchase(buyer, [shelf.album], "0.28", codes=["SPRING26"])

    assert balance_of(user=buyer, currency="USD") == usd("9.72")


def test_wrong_codes_are_counted_by_the_hour() -> None:
    for _ in range(wrong_tries_max):
        assert may_try("user:1", at=NOON)
        note_wrong_try("user:1", at=NOON)

    assert not may_try("user:1", at=NOON)
    assert may_try("user:2", at=NOON)
    assert may_try("user:1", at=NOON + timedelta(hours=1))


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_another_s_checkout_and_who_pays_first_has_the_code(monkeypatch) -> None:
    a_store()
    shelf, slow, fast = a_shelf(), a_buyer(), a_buyer("other@example.org")
    a_code(shelf, uses=1)

    def sell(**asked):
        if asked["buyer_id"] == slow.pk and not Order.objects.filter(buyer=fast).exists():
            buy = partial(purchase, fast, [shelf.track(1)], "0.112", codes=["SPRING26"])
            assert not isinstance(at_once(1, lambda _: buy())[0], Exception)
        return check_out(**asked)

    monkeypatch.setattr(buying, "check_out", sell)

    with pytest.raises(checkout.PriceChangedError) as changed:
        purchase(slow, [shelf.track(1)], "0.112", codes=["SPRING26"])

    assert changed.value.now == usd("0.14")
    assert Redemption.objects.get().buyer == fast
    assert not Order.objects.filter(buyer=slow).exists()
