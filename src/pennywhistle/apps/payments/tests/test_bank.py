"""What a bank statement shows is credited once, to its own, and by what really came."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from bank_files import DAY, OWN, Line, camt
from builders import NOON, a_store, a_user
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import balance_of, sum_of
from pennywhistle.apps.payments import actions, paying_back, work
from pennywhistle.apps.payments.abilities import Level
from pennywhistle.apps.payments.bank.deciding import Decision, decide_entry
from pennywhistle.apps.payments.bank.errors import BankError, StatementRefusedError
from pennywhistle.apps.payments.bank.matching import match_open
from pennywhistle.apps.payments.bank.orders import fail_order, orders_file, take_orders
from pennywhistle.apps.payments.bank.reading import take_file
from pennywhistle.apps.payments.bank.suggesting import Why, suggest
from pennywhistle.apps.payments.bank.transfers import NoAccountError
from pennywhistle.apps.payments.models import (
    BankEnd,
    BankEntry,
    BankOrder,
    BankStatement,
    BankTransfer,
    Payback,
    TopUp,
)
from pennywhistle.apps.payments.provider import NoticeRefusedError
from pennywhistle.engines.bankfile import BankFileRefusedError, printed
from pennywhistle.kernel.money import Money
from pennywhistle.providers.bank.adapter import PROVIDER

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

    from pennywhistle.apps.payments.bank.reading import Taken
    from pennywhistle.apps.users.models import User

pytestmark = pytest.mark.django_db
How = BankEnd.How


def euro(text: str) -> Money:
    return Money.parse(text, currency="EUR")


@pytest.fixture(autouse=True)
def buyer(settings: SettingsWrapper) -> User:
    """A buyer of a store in euro that takes transfers."""
    settings.PAYMENT_PROVIDERS = ["fakepay", "bank"]
    settings.BANK_NAME, settings.BANK_IBAN = "Test Records", "DE89 3704 0044 0532 0130 00"
    settings.BANK_BIC = ""
    a_store(currency="EUR")
    return a_user()


def announced(buyer: User, amount: str = "10.00", key: str = "key-of-a-transfer") -> BankTransfer:
    asked = actions.TopUpAsked(buyer.pk, euro(amount), "bank", key, "/balance/")
    address = actions.start_top_up(asked=asked, origin="http://testserver", now=NOON)
    top_up = TopUp.objects.get(key=key)
    assert address == f"http://testserver/balance/top-ups/{top_up.id}/transfer/"
    return BankTransfer.objects.get(top_up=top_up)


def take(*lines: Line, **options: str) -> Taken:
    data = camt(*lines, **options)
    return take_file(data=data, source_name="a.xml", user_id=None, now=NOON)


def balance(buyer: User) -> Money:
    return balance_of(user=buyer, currency="EUR")


def in_the_books() -> Money:
    """What the bank holds for the store."""
    return -sum_of(open_account(kind=Account.Kind.CLEARING, currency="EUR", code="bank"))


def waiting() -> list[Why]:
    return [suggest(entry).why for entry in BankEntry.objects.open()]


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_transfer_with_its_reference_is_credited_once(buyer: User, version: str) -> None:
    transfer = announced(buyer)
    line = Line("10.00", reference=transfer.reference, day=DAY)

    first = take(line, version=version)
    again = take(line, version=version)
    # The next day's file overlaps.
    take(Line("1.00", text="nobody's", day=date(2026, 11, 22)), line)

    assert (first.new_count, first.matched.ended_count) == (1, 1)
    assert (again.is_known, again.new_count) == (True, 0)
    assert balance(buyer) == euro("10.00") == in_the_books()
    assert TopUp.objects.get().state == TopUp.State.PAID
    assert BankEntry.objects.count() == 2
    assert work.refresh_top_up(top_up_id=transfer.top_up_id, now=NOON).state == "paid"


@pytest.mark.parametrize("typed", ["rf {0}", "Ann, {0} thanks", "{0}", "tv {1}"])
def test_bad_typing_does_no_harm(buyer: User, typed: str) -> None:
    reference = announced(buyer).reference
    take(Line("10.00", text=typed.format(printed(reference).lower(), reference[2:])))

    assert balance(buyer) == euro("10.00")


@pytest.mark.parametrize("amount", ["9.99", "25.00"])
def test_another_amount_than_announced_is_credited_as_it_came(buyer: User, amount: str) -> None:
    transfer = announced(buyer)

    take(Line(amount, reference=transfer.reference))

    top_up = TopUp.objects.get()
    assert (top_up.state, top_up.amount_micro) == ("paid", euro(amount).micro)
    assert balance(buyer) == euro(amount)
    assert "Another amount was announced" in BankEnd.objects.get().reason


def test_what_comes_again_or_too_late_is_credited_again(buyer: User) -> None:
    transfer = announced(buyer)
    take(Line("10.00", reference=transfer.reference))

    take(Line("10.00", reference=transfer.reference, day=date(2026, 12, 21)))
    late = announced(buyer, key="another-transfer")
    TopUp.objects.filter(id=late.top_up_id).update(state=TopUp.State.FAILED)
    take(Line("5.00", reference=late.reference))

    assert balance(buyer) == euro("25.00")
    assert TopUp.objects.filter(state="paid").count() == 3


def test_what_is_not_certain_waits_for_a_person(buyer: User) -> None:
    transfer, other = announced(buyer), announced(buyer, "11.00", key="another-transfer")
    mistyped = transfer.reference[:6] + "XX" + transfer.reference[8:]
    mistyped = mistyped if mistyped != transfer.reference else transfer.reference[:6] + "YY"
    take(
        Line("10.00", reference=transfer.reference),
        Line("10.00", reference=transfer.reference, bank_ref="twice"),
        Line("3.00", text=f"{transfer.reference} and {other.reference}"),
        Line("4.00", reference=transfer.reference, currency="USD"),
        Line("100000.00", reference=other.reference),
        Line("11.00", text=mistyped, iban="", name="Somebody"),
        Line("6.00", returned="AC04"),
        Line("-7.00", name="Landlord"),
        Line("-8.00", end_to_end="PW" + "0a" * 16),
    )

    assert waiting() == [
        *(Why.TWICE, Why.SEVERAL, Why.CURRENCY, Why.TOO_MUCH, Why.NO_REFERENCE),
        *(Why.RETURN, Why.OUTGOING, Why.PAYEE),
    ]
    assert balance(buyer) == euro("10.00") == in_the_books()
    assert suggest(BankEntry.objects.get(other_name="Somebody")).user == buyer


def decide(entry: BankEntry, how: str, **said: object) -> BankEnd:
    clerk = a_user("clerk@example.org")
    decision = Decision(entry.pk, how, str(said.pop("reason", "As agreed.")), clerk.pk, **said)  # type: ignore[arg-type]
    return decide_entry(decision=decision, now=NOON)


@pytest.mark.parametrize(
    ("how", "amount", "books", "store"),
    [(How.FEE, "-1.20", "-1.20", "0"), (How.OWN, "500.00", "500.00", "500.00")],
)
def test_a_person_books_what_it_is_with_a_reason(
    how: str, amount: str, books: str, store: str
) -> None:
    take(Line(amount, text="no reference"))
    entry = BankEntry.objects.get()

    end = decide(entry, how)

    assert end.reason == "As agreed."
    assert str(in_the_books()) == f"{books} EUR"
    own = open_account(kind=Account.Kind.STORE, currency="EUR")
    assert sum_of(own) == euro(store)
    assert Entry.objects.get().key == end.ledger_key
    assert not BankEntry.objects.open().exists()


def test_a_person_credits_a_buyer_who_named_nothing_and_only_once(buyer: User) -> None:
    take(Line("8.00", text="for music"))
    entry = BankEntry.objects.get()
    with pytest.raises(BankError):
        decide(entry, How.CREDITED, holder_id=buyer.pk, reason=" ")
    clerk = {"entry_id": entry.pk, "how": How.CREDITED, "reason": "By mail.", "user_id": buyer.pk}
    ends = [
        decide_entry(decision=Decision(**clerk, holder_id=buyer.pk), now=NOON) for _ in range(2)
    ]

    assert ends[0] == ends[1]
    assert balance(buyer) == euro("8.00") == in_the_books()


@pytest.mark.parametrize("sign", ["-", ":"])
def test_a_top_up_with_an_entry_s_own_key_takes_nothing_of_what_came(
    buyer: User, sign: str
) -> None:
    take(Line("8.00", text="for music"))
    entry = BankEntry.objects.get()
    key = f"bank-entry{sign}{entry.pk}"
    asked = actions.TopUpAsked(buyer.pk, euro("50.00"), "fakepay", key, "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=NOON)
    # No form takes the colon.
    with nullcontext() if sign == "-" else pytest.raises(BankError):
        decide(entry, How.CREDITED, holder_id=buyer.pk)

    came = euro("8.00") if sign == "-" else euro("0")
    assert balance(buyer) == came == in_the_books()


def test_what_a_provider_paid_out_closes_its_sweep(buyer: User) -> None:
    there = open_account(kind=Account.Kind.CLEARING, currency="EUR", code="fakepay")
    bank = open_account(kind=Account.Kind.CLEARING, currency="EUR", code="bank")
    amounts = [Amount(there.number, euro("90")), Amount(bank.number, -euro("90"))]
    write_entry(kind="sweep", key="sweep:1", subject=there.number, amounts=amounts, now=NOON)

    take(Line("90.00", name="FAKEPAY Ltd"), Line("90.00", name="Fakepay again"))

    assert BankEnd.objects.get().ledger_key == "sweep:1"
    assert in_the_books() == euro("90")
    second = BankEntry.objects.open().get()
    assert suggest(second).provider == "fakepay"
    decide(second, How.SWEPT, provider="fakepay")
    assert in_the_books() == euro("180")


def a_payback(buyer: User, amount: str = "4.00") -> BankOrder:
    transfer = announced(buyer)
    take(Line("10.00", reference=transfer.reference))
    asked = paying_back.PaybackAsked(buyer.pk, "EUR", euro(amount), "pay-me-back")
    paying_back.pay_back(asked=asked, now=NOON)
    return BankOrder.objects.get()


def test_money_goes_back_to_the_account_that_it_came_from(buyer: User) -> None:
    order = a_payback(buyer)
    assert take_orders(now=NOON) == 1
    file = orders_file(ordered_at=NOON).decode()
    assert take_orders(now=NOON + timedelta(hours=1)) == 0
    assert all(each in file for each in (order.name, "NL91ABNA0417164300", "4.00", "pain.001"))

    take(Line("-4.00", end_to_end=order.name, name="Ann Otter"))
    paying_back.refresh_open_paybacks(now=NOON + timedelta(days=1))

    assert Payback.objects.get().state == Payback.State.DONE
    assert BankEnd.objects.get(how=How.SENT).order == order
    assert balance(buyer) == euro("6.00") == in_the_books()


@pytest.mark.parametrize("by", ["return", "late return", "person"])
def test_what_the_bank_does_not_carry_out_is_on_the_balance_again(buyer: User, by: str) -> None:
    order = a_payback(buyer)
    take_orders(now=NOON)
    sent = Line("-4.00", end_to_end=order.name)
    back = Line("4.00", text=f"RETURN {order.name}", returned="AC04")
    if by == "return":
        # The return stands before the transfer in the bank's file.
        take(back, sent)
    elif by == "late return":
        take(sent)
        paying_back.refresh_open_paybacks(now=NOON + timedelta(days=1))
        assert Payback.objects.get().state == Payback.State.DONE
        take(back)
    else:
        fail_order(order_id=order.pk, reason="The account is closed.", now=NOON)
        paying_back.refresh_open_paybacks(now=NOON + timedelta(days=1))

    payback = Payback.objects.get()
    assert payback.state == Payback.State.FAILED
    assert payback.reason
    assert not BankEntry.objects.open().exists()
    assert balance(buyer) == euro("10.00") == in_the_books()


def test_an_order_that_failed_leaves_its_file_and_nothing_of_it_is_credited_again(
    buyer: User,
) -> None:
    order = a_payback(buyer)
    take_orders(now=NOON)
    fail_order(order_id=order.pk, reason="The account is closed.", now=NOON)
    with pytest.raises(BankError):
        orders_file(ordered_at=NOON)

    # The bank paid it nevertheless, and sent it back.
    take(Line("-4.00", end_to_end=order.name), Line("4.00", text=order.name, returned="AC04"))

    found = [suggest(entry) for entry in BankEntry.objects.open()]
    assert [(each.why, each.how, each.user) for each in found] == [(Why.FAILED_ORDER, "", None)] * 2


def test_the_clock_goes_on_where_reading_was_cut_off(buyer: User) -> None:
    transfer = announced(buyer)
    TopUp.objects.update(state=TopUp.State.CREATED)
    # Kept, and not matched: as if the reader had been killed in between.
    take(Line("10.00", reference=transfer.reference))
    TopUp.objects.update(state=TopUp.State.PENDING)

    assert [match_open(now=NOON).ended_count for _ in range(2)] == [1, 0]
    assert balance(buyer) == euro("10.00")


def test_nobodys_money_goes_back_and_never_was_in_the_books() -> None:
    take(Line("15.00", text="wrong shop"))
    decide(BankEntry.objects.get(), How.BACK)
    order = BankOrder.objects.get()
    take(Line("-15.00", end_to_end=order.name))

    order.refresh_from_db()
    assert order.state == BankOrder.State.DONE
    assert not Entry.objects.exists()
    assert not BankEntry.objects.open().exists()


def test_a_file_that_would_count_twice_or_is_of_another_account_keeps_nothing(
    buyer: User,
) -> None:
    transfer = announced(buyer)
    take(Line("10.00", reference=transfer.reference))
    table = f"Date,Amount,Reference\n2026-11-21,10.00,{transfer.reference}\n".encode()

    refused = [
        (table, StatementRefusedError),
        (camt(Line("1.00"), account="NL91ABNA0417164300"), StatementRefusedError),
        (b"<!DOCTYPE x><Document/>", BankFileRefusedError),
    ]
    for data, error in refused:
        with pytest.raises(error):
            take_file(data=data, source_name="b", user_id=None, now=NOON)

    assert BankStatement.objects.count() == 1
    assert balance(buyer) == euro("10.00")


def test_a_table_is_read_for_the_account_of_the_settings(buyer: User) -> None:
    transfer = announced(buyer)
    table = f"Date,Amount,Reference\n2026-11-21,10.00,{transfer.reference}\n".encode()

    taken = take_file(data=table, source_name="b.csv", user_id=None, now=NOON)
    with_account = table.replace(b"Date,", b"Account,Date,").replace(
        b"2026", OWN.encode() + b",2026"
    )
    again = take_file(data=with_account, source_name="c.csv", user_id=None, now=NOON)

    assert taken.matched.ended_count == 1
    assert (again.line_count, again.new_count) == (1, 0)
    assert {each.account for each in BankStatement.objects.all()} == {OWN}
    assert balance(buyer) == euro("10.00")


def test_what_the_bank_said_is_never_changed(buyer: User) -> None:
    transfer = announced(buyer)
    take(Line("10.00", reference=transfer.reference))

    for rows in (BankEntry.objects, BankStatement.objects, BankEnd.objects):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        BankEntry.objects.update(amount_micro=1)


def test_the_doctor_and_the_door_say_what_is_missing(
    buyer: User, settings: SettingsWrapper
) -> None:
    def levels() -> list[Level]:
        return [each.level for each in PROVIDER.check(notify_url="", currency="EUR", now=NOON)]  # type: ignore[attr-defined]

    right, doubtful = Level.RIGHT, Level.DOUBTFUL
    assert levels() == [right, right, doubtful, right]
    take(Line("1.00", text="who?"))
    settings.BANK_BIC = "ABNANL2A"
    assert levels() == [doubtful, right, right, doubtful]

    settings.BANK_IBAN = ""
    assert levels() == [Level.WRONG]
    asked = actions.TopUpAsked(buyer.pk, euro("10.00"), "bank", "key-of-a-transfer", "/balance/")
    with pytest.raises(NoAccountError):
        actions.start_top_up(asked=asked, origin="http://testserver", now=NOON)
    with pytest.raises(NoticeRefusedError):
        PROVIDER.read_notice(body=b"", headers={})
