"""What providers report is booked or told apart, line by line; nothing is adjusted in silence."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from bank_files import Line, camt
from builders import NOON, a_store, a_user
from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.payments.abilities import Movement, MovementKind
from pennywhistle.apps.payments.bank.reading import take_file
from pennywhistle.apps.payments.models import Difference, ProviderMovement, Sweep, TopUp
from pennywhistle.apps.payments.provider import Payment, PaymentState
from pennywhistle.apps.payments.reconciling import reconcile
from pennywhistle.apps.payments.reconciling.daily import reconcile_all
from pennywhistle.apps.payments.reconciling.differing import DifferenceError, settle_difference
from pennywhistle.apps.payments.work import apply_payment
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db
Kind = MovementKind
CODE = "reporting"
DAY = timedelta(days=1)


def euro(text: str) -> Money:
    money = Money.parse(text.removeprefix("-"), currency="EUR")
    return -money if text.startswith("-") else money


@dataclass
class Reporting:
    """A provider that reports what it is given."""

    lines: list[Movement] = field(default_factory=list)
    code: str = CODE
    off: Money = field(default_factory=lambda: euro("0"))

    def movements(self, *, since: datetime) -> list[Movement]:
        return [line for line in self.lines if line.at >= since]

    def holding(self, *, currency: str) -> Money:
        once = {line.ref: line.net for line in self.lines}
        return Money(sum(net.micro for net in once.values()), currency) + self.off

    def report(self, ref: str, kind: str, amount: str, **said: object) -> Movement:
        at = said.pop("at", NOON)
        fee = euro(str(said.pop("fee", "0")))
        made = Movement(ref, MovementKind(kind), euro(amount), fee, at, **said)  # type: ignore[arg-type]
        self.lines.append(made)
        return made


@pytest.fixture(autouse=True)
def door(settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch) -> Reporting:
    made = Reporting()
    package = f"pennywhistle.providers.{CODE}"
    module = ModuleType(f"{package}.adapter")
    module.PROVIDER = made  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, package, ModuleType(package))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    settings.PAYMENT_PROVIDERS = [CODE, "bank"]
    settings.BANK_NAME, settings.BANK_IBAN = "Test Records", "DE89370400440532013000"
    settings.BANK_BIC = ""
    a_store(currency="EUR")
    return made


def paid_in(ref: str, amount: str = "10.00", at: datetime = NOON) -> TopUp:
    """A top-up that was credited."""
    user = TopUp.objects.first().user if TopUp.objects.exists() else a_user()  # type: ignore[union-attr]
    top_up = TopUp.objects.create(
        user=user,
        key=f"key-{ref}",
        provider=CODE,
        provider_ref=ref,
        amount_micro=euro(amount).micro,
        currency="EUR",
        state=TopUp.State.PENDING,
        created_at=at,
        due_at=at,
    )
    payment = Payment(ref, str(top_up.id), PaymentState.PAID, euro(amount))
    return apply_payment(top_up_id=top_up.id, payment=payment, now=at)


def books(code: str = CODE) -> Money:
    return -sum_of(open_account(kind=Account.Kind.CLEARING, currency="EUR", code=code))


def cost(code: str = f"fee:{CODE}") -> Money:
    return -sum_of(open_account(kind=Account.Kind.EXPENSE, currency="EUR", code=code))


def waiting() -> list[tuple[str, str]]:
    return [(each.kind, str(each.amount)) for each in Difference.objects.open()]


def test_what_agrees_is_booked_once_however_often_and_in_whatever_order_it_is_told(
    door: Reporting,
) -> None:
    top_ups = [paid_in(f"pay-{n}") for n in range(3)]
    for n, top_up in enumerate(top_ups):
        door.report(f"line-{n}", "payment", "10.00", fee="0.30", reference=str(top_up.id))
    door.report("fee-1", "fee", "-1.00")
    door.report("out-1", "payout", "-12.00", at=NOON + DAY)
    door.report("out-2", "payout", "-12.00", at=NOON + 2 * DAY)

    for run in range(3):
        door.lines.reverse()
        assert reconcile_all(now=NOON + 3 * DAY + run * timedelta(hours=1)) == 0
        door.lines += door.lines[:2]

    assert cost() == euro("1.90")
    assert books() == euro("4.10")
    assert books("bank") == euro("24.00")
    assert ProviderMovement.objects.count() == 6
    assert Entry.objects.filter(key__startswith="movement:").count() == 6


def test_lines_that_come_late_close_the_difference_that_they_left(door: Reporting) -> None:
    first, late = paid_in("pay-1"), paid_in("pay-2")
    door.report("line-1", "payment", "10.00", source_ref=first.provider_ref, at=NOON - DAY)
    assert reconcile_all(now=NOON + DAY) == 1
    assert waiting() == [("balance", "-10.00 EUR")]

    assert reconcile_all(now=NOON + 4 * DAY) == 1
    [missing] = Difference.objects.open()
    assert (missing.kind, missing.subject) == ("missing", f"top-up:{late.id}")
    assert missing.entries[0]["what"] == missing.subject

    door.report("line-2", "payment", "10.00", source_ref=late.provider_ref)
    assert reconcile_all(now=NOON + 5 * DAY) == 0
    missing.refresh_from_db()
    assert (missing.reason, missing.settled_by) == ("Both agree since.", None)


@pytest.mark.parametrize(
    ("kind", "amount", "found"),
    [
        ("payment", "7.00", ("unknown", "7.00 EUR")),
        ("refund", "-3.00", ("unknown", "-3.00 EUR")),
        ("dispute", "-10.00", ("unknown", "-10.00 EUR")),
        ("transfer", "-2.00", ("unknown", "-2.00 EUR")),
        ("other", "0.05", ("unknown", "0.05 EUR")),
    ],
)
def test_a_line_that_nothing_explains_waits_for_a_person(
    door: Reporting, kind: str, amount: str, found: tuple[str, str]
) -> None:
    top_up = paid_in("pay-1")
    door.report("line-1", "payment", "10.00", reference=str(top_up.id))
    door.report("odd", kind, amount)

    assert [reconcile_all(now=NOON + n * DAY) for n in (1, 2)] == [1, 1]
    assert waiting() == [found]
    assert Difference.objects.get().entries[0]["what"] == "odd"


def test_another_amount_than_was_credited_waits(door: Reporting) -> None:
    door.report("line-1", "payment", "9.00", reference=str(paid_in("pay-1").id))

    assert reconcile_all(now=NOON + DAY) == 1
    assert waiting() == [("amount", "-1.00 EUR")]
    assert {each["where"] for each in Difference.objects.get().entries} == {"books", "provider"}


def test_a_line_that_changes_afterwards_is_told_and_the_first_word_is_kept(
    door: Reporting,
) -> None:
    top_up = paid_in("pay-1")
    door.report("line-1", "payment", "10.00", reference=str(top_up.id))
    reconcile_all(now=NOON + DAY)
    door.lines[0] = replace(door.lines[0], amount=euro("11.00"))

    reconcile_all(now=NOON + 2 * DAY)

    assert ("amount", "0.00 EUR") in waiting()
    assert ProviderMovement.objects.get().amount == euro("10.00")


def test_the_sums_are_compared_as_well(door: Reporting) -> None:
    door.report("line-1", "payment", "10.00", reference=str(paid_in("pay-1").id))
    door.off = euro("-0.40")

    assert reconcile_all(now=NOON + DAY) == 1
    assert waiting() == [("balance", "-0.40 EUR")]
    door.off = euro("-0.50")
    assert reconcile_all(now=NOON + 2 * DAY) == 1
    assert waiting() == [("balance", "-0.50 EUR")]


@pytest.mark.parametrize(("how", "after"), [("fee", "9.50"), ("own", "9.50"), ("left", "10.00")])
def test_a_person_settles_a_difference_by_a_posting_and_a_reason(
    door: Reporting, how: str, after: str
) -> None:
    clerk = a_user("clerk@example.org")
    door.report("line-1", "payment", "10.00", reference=str(paid_in("pay-1").id))
    door.report("odd", "other", "-0.50")
    reconcile_all(now=NOON + DAY)
    settle = {"difference_id": Difference.objects.get().pk, "user_id": clerk.pk, "now": NOON}
    for wrong in ({"how": how, "reason": " "}, {"how": "forget", "reason": "x"}):
        with pytest.raises(DifferenceError):
            settle_difference(**settle, **wrong)

    settled = [settle_difference(**settle, how=how, reason="Asked them.") for _ in range(2)]

    assert settled[0] == settled[1]
    assert books() == euro(after)
    assert bool(settled[0].ledger_key) == (how != "left")
    reconcile_all(now=NOON + 2 * DAY)
    # What was left as it is shows in the sums until both agree.
    assert waiting() == ([("balance", "-0.50 EUR")] if how == "left" else [])
    with pytest.raises(IntegrityError), transaction.atomic():
        Difference.objects.filter(pk=settled[0].pk).update(reason="Another.")


def test_a_payout_that_an_operator_moves_is_booked_once(door: Reporting) -> None:
    clerk = a_user("clerk@example.org")
    door.report("line-1", "payment", "10.00", reference=str(paid_in("pay-1").id))
    door.report("out-1", "payout", "-8.00")
    sweep = Sweep.objects.create(
        provider=CODE,
        currency="EUR",
        day=date(2026, 11, 21),
        amount_micro=euro("8.00").micro,
        created_at=NOON,
    )
    assert reconcile_all(now=NOON + DAY) == 1
    assert waiting() == [("unknown", "-8.00 EUR")]

    there = open_account(kind=Account.Kind.CLEARING, currency="EUR", code=CODE)
    bank = open_account(kind=Account.Kind.CLEARING, currency="EUR", code="bank")
    amounts = [Amount(there.number, euro("8")), Amount(bank.number, euro("-8"))]
    write_entry(
        kind="sweep", key=f"sweep:{sweep.id}", subject=there.number, amounts=amounts, now=NOON
    )
    Sweep.objects.update(state="moved", words="By hand.", settled_at=NOON, decided_by=clerk)

    assert reconcile_all(now=NOON + 2 * DAY) == 0
    assert (books(), books("bank")) == (euro("2.00"), euro("8.00"))


def test_the_bank_is_compared_with_its_statements(door: Reporting) -> None:
    def take(*lines: Line, opening: str, closing: str, day: int) -> None:
        on = date(2026, 11, day)
        data = camt(
            *[replace(line, day=on) for line in lines],
            opening=opening,
            closing=closing,
            closed_on=on,
        )
        take_file(data=data, source_name="a.xml", user_id=None, now=NOON)

    door.report("line-1", "payment", "20.00", reference=str(paid_in("pay-1", "20.00").id))
    door.report("out-1", "payout", "-15.00")
    take(Line("3.00", text="who?"), opening="0.00", closing="3.00", day=20)

    assert reconcile_all(now=NOON) == 0
    account = next(each for each in reconcile() if each.provider == "bank")
    # 15 are on their way and 3 came of which nobody knows what they are.
    assert (account.by_books, account.difference) == (euro("15.00"), euro("-12.00"))
    assert account.is_explained

    take(Line("15.00", name="Reporting Inc"), opening="3.00", closing="18.00", day=22)
    take(Line("-1.00", name="Bank"), opening="20.00", closing="19.00", day=24)

    reconcile_all(now=NOON + 4 * DAY)
    # The entry that would lead from 18 to 20 is on no statement.
    assert waiting() == [("gap", "2.00 EUR"), ("balance", "2.00 EUR")]
