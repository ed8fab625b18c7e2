"""The bank's statement settles payouts and brings them back, whatever else stands in it."""

from __future__ import annotations

from datetime import date

import pytest

from payee_shop import RUN_AT, SOLD_AT, a_euro_store, a_payee, a_run, an_operator, earn, seal
from pennywhistle.apps.ledger.queries import sum_of
from pennywhistle.apps.payments.models import BankEnd, BankEntry, BankStatement
from pennywhistle.apps.payouts.approving import approve
from pennywhistle.apps.payouts.banking import match_payouts
from pennywhistle.apps.payouts.models import Payout
from pennywhistle.apps.payouts.sending import send_by_hand
from pennywhistle.apps.proof.signing import create_keys
from pennywhistle.kernel.money import Money

pytestmark = pytest.mark.django_db


def test_entries_that_name_a_payout_end_it_and_no_others(settings, tmp_path) -> None:
    settings.KEYS, settings.DATA = tmp_path / "keys", tmp_path / "data"
    (tmp_path / "data").mkdir()
    create_keys(now=SOLD_AT)
    a_euro_store()
    payee, operator = a_payee(), an_operator()
    earn(payee, "50.00")
    seal()
    a_run(operator)
    payout = Payout.objects.get()
    approve(payout_id=payout.id, user_id=operator.pk, now=RUN_AT)
    send_by_hand(payout_id=payout.id, reference="wire 7", now=RUN_AT)
    statement = BankStatement.objects.create(
        sha256="0" * 64, ordinal=0, form="camt", source_name="a.xml", account="DE02",
        currency="EUR", line_count=0, new_count=0, read_at=RUN_AT,
    )  # fmt: skip

    def entry(amount: str, day: int, **said: object) -> BankEntry:
        sign = -1 if amount.startswith("-") else 1
        micro = sign * Money.parse(amount.removeprefix("-"), currency="EUR").micro
        fields = {"name": f"{BankEntry.objects.count():064}", "statement": statement,
                  "account": "DE02", "amount_micro": micro, "currency": "EUR",
                  "booked_on": date(2026, 12, day), "read_at": RUN_AT, **said}  # fmt: skip
        return BankEntry.objects.create(**fields)

    named = {"end_to_end": payout.end_to_end_id}
    wrong = entry("-49.99", 3, **named)
    left = entry("-50.00", 4, bank_ref="B-1", **named)
    twice = entry("-50.00", 4, bank_ref="B-2", **named)
    back = entry("50.00", 6, is_return=True, return_reason="AC04", text=payout.end_to_end_id)

    assert (match_payouts(now=RUN_AT), match_payouts(now=RUN_AT)) == (2, 0)
    payout.refresh_from_db()
    assert (payout.state, payout.reference, payout.reason) == ("returned", "B-1", "AC04")
    assert sum_of(payee.account) == Money.parse("50", currency="EUR")
    assert set(BankEnd.objects.values_list("entry", "how")) == {
        (left.pk, "payee"),
        (back.pk, "payee"),
    }
    assert set(BankEntry.objects.open()) == {wrong, twice}
