"""The end of a store, what providers hold, and what nobody touches."""

from datetime import timedelta

import pytest
from typer.testing import CliRunner

from builders import NOON, a_buyer, a_store, a_user, usd
from pennywhistle.apps.ledger.models import Balance, Entry
from pennywhistle.apps.ledger.queries import balance_of
from pennywhistle.apps.ledger.reserving import reserve, unreserve
from pennywhistle.apps.payments import actions, closing, dormant, work
from pennywhistle.apps.payments.closing import Left, balance_count, close_balances
from pennywhistle.apps.payments.dormant import dormant_balances, dormant_totals
from pennywhistle.apps.payments.models import Payback, TopUp
from pennywhistle.apps.payments.reconciling import reconcile
from pennywhistle.apps.users.models import User
from pennywhistle.interfaces.console.commands import app
from pennywhistle.providers.fakepay import desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.models import FakeRefund

pytestmark = pytest.mark.django_db


def pay_in(user: User, amount: str, *, scenario: str = "succeed") -> TopUp:
    key = f"top-up-key-{TopUp.objects.count():04}"
    asked = actions.TopUpAsked(user.pk, usd(amount), "fakepay", key, "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    top_up = TopUp.objects.get(key=key)
    desk.choose(ref=top_up.provider_ref, scenario=scenario, now=now())
    return work.refresh_top_up(top_up_id=top_up.id, now=now())


def some_users() -> list[User]:
    """One who paid in, one whose money cannot go back, one with a present."""
    a_store()
    users = [a_user("paid@example.org"), a_user("spent-by-hand@example.org")]
    pay_in(users[0], "5.00")
    broken = pay_in(users[1], "3.00")
    desk.refund(ref=broken.provider_ref, amount=usd("1.00"), key="by-hand", now=now())
    return [*users, a_buyer("present@example.org", balance="2.00")]


def close(*, is_dry: bool = False) -> list[tuple[str, str, Left]]:
    found = close_balances(is_dry=is_dry, key="closing-1", now=now())
    return [(str(each.paid.decimal), str(each.left.decimal), each.why) for each in found]


def test_a_dry_run_tells_what_would_go_back_and_sends_nothing() -> None:
    some_users()

    assert close(is_dry=True) == [
        ("5.000000", "0.000000", Left.NOTHING),
        ("3.000000", "0.000000", Left.NOTHING),
        ("0.000000", "2.000000", Left.NO_WAY),
    ]

    assert not Payback.objects.exists()
    assert balance_count() == 3


def test_closing_pays_everything_back_and_names_what_stays() -> None:
    users = some_users()

    assert close() == [
        ("5.000000", "0.000000", Left.NOTHING),
        ("0.000000", "3.000000", Left.FAILED),
        ("0.000000", "2.000000", Left.NO_WAY),
    ]
    assert balance_of(user=users[0], currency="USD") == usd("0")
    failed = close()
    assert failed[0] == ("0.000000", "3.000000", Left.FAILED), "of one run it is tried once"
    assert FakeRefund.objects.count() == 2


def test_what_came_since_goes_back_in_the_same_run_and_what_failed_is_not_tried_again() -> None:
    users = some_users()
    close()
    for user in users[:2]:
        pay_in(user, "4.00")

    assert close()[:2] == [
        ("4.000000", "0.000000", Left.NOTHING),
        ("4.000000", "3.000000", Left.FAILED),
    ]
    assert close()[0] == ("0.000000", "3.000000", Left.FAILED)
    assert FakeRefund.objects.count() == 4
    assert Payback.objects.filter(state=Payback.State.FAILED).count() == 1


def test_closing_that_was_stopped_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    a_store()
    users = [a_user(f"{number}@example.org") for number in range(4)]
    for user in users:
        pay_in(user, "5.00")
    real = closing.pay_back

    def stop_at_third(*, asked, now):
        if asked.user_id == users[2].pk:
            raise KeyboardInterrupt
        return real(asked=asked, now=now)

    with monkeypatch.context() as patch:
        patch.setattr(closing, "pay_back", stop_at_third)
        with pytest.raises(KeyboardInterrupt):
            close()
    assert Payback.objects.count() == 2

    assert len(close()) == 2
    assert Payback.objects.count() == FakeRefund.objects.count() == 4
    assert not balance_count()


def test_the_command_asks_first_and_writes_a_report(tmp_path) -> None:
    some_users()
    report = tmp_path / "report.csv"
    run = CliRunner()

    dry = run.invoke(app, ["closing"])
    no = run.invoke(app, ["closing", "--pay"], input="n\n")
    assert (dry.exit_code, no.exit_code) == (3, 0)
    assert not Payback.objects.exists()
    paid = run.invoke(app, ["closing", "--pay", "--report", str(report)], input="y\n")

    assert paid.exit_code == 3
    assert "3 balances" in paid.output
    lines = report.read_text().splitlines()
    assert len(lines) == 4
    assert sum("failed" in line for line in lines) == 1


def test_a_dry_run_names_what_is_set_aside() -> None:
    a_store()
    user = a_buyer(balance="5.00")
    reserve(user_id=user.pk, money=usd("2.00"), key="reserve:some-gift", now=NOON)

    told = CliRunner().invoke(app, ["closing"]).output

    assert "Set aside for pre-orders and gifts: 2.00 USD" in told
    assert "Stays: 3.00 USD" in told


def test_providers_hold_what_the_books_say() -> None:
    a_store()
    user = a_user()
    top_up = pay_in(user, "5.00", scenario="no-refund")
    (right,) = reconcile()
    assert (right.by_books, right.by_provider) == (usd("5.00"), usd("5.00"))
    assert CliRunner().invoke(app, ["reconcile"]).exit_code == 0

    desk.refund(ref=top_up.provider_ref, amount=usd("1.00"), key="by-hand", now=now())

    (wrong,) = reconcile()
    assert wrong.difference == -usd("1.00")
    assert not wrong.is_explained
    assert CliRunner().invoke(app, ["reconcile"]).exit_code == 1


def test_what_is_on_its_way_explains_a_difference() -> None:
    a_store()
    user = a_user()
    pay_in(user, "5.00")
    asked = actions.TopUpAsked(user.pk, usd("2.00"), "fakepay", "top-up-key-9999", "/")
    actions.start_top_up(asked=asked, origin="http://testserver", now=now())
    coming = TopUp.objects.get(key="top-up-key-9999")
    desk.choose(ref=coming.provider_ref, scenario="succeed", now=now())

    (found,) = reconcile()

    assert (found.difference, found.coming, found.is_explained) == (
        usd("2.00"),
        usd("2.00"),
        True,
    )


def test_balances_that_nobody_touched_are_listed_by_territory() -> None:
    a_store()
    old = a_buyer("old@example.org", balance="2.00")
    seen = a_buyer("seen@example.org", balance="3.00")
    a_user("empty@example.org")
    later = NOON + timedelta(days=4 * 366)
    User.objects.filter(pk=seen.pk).update(last_login=later - timedelta(days=30))

    found = dormant_balances(years=3, now=later)

    assert [each.user_public_id for each in found] == [old.public_id]
    (total,) = dormant_totals(years=3, now=later)
    assert (total.country, total.count, total.balance) == ("US", 1, usd("2.00"))
    assert not dormant_balances(years=5, now=later)
    assert Balance.objects.filter(amount_micro__gt=0).count() == Entry.objects.count() == 2


def test_all_that_nobody_touched_is_summed_with_what_was_set_aside(monkeypatch) -> None:
    a_store()
    for number in range(3):
        user = a_buyer(f"old-{number}@example.org", balance="2.00")
        reserve(user_id=user.pk, money=usd("0.50"), key=f"reserve:gift-{number}", now=NOON)
    monkeypatch.setattr(dormant, "rows_max", 2)
    later = NOON + timedelta(days=4 * 366)

    found = dormant_balances(years=3, now=later)
    (total,) = dormant_totals(years=3, now=later)

    assert [(each.balance, each.reserved) for each in found] == [(usd("1.50"), usd("0.50"))] * 2
    assert (total.count, total.balance, total.reserved) == (3, usd("4.50"), usd("1.50"))


def test_who_set_everything_aside_is_listed_until_it_moves() -> None:
    a_store()
    user = a_buyer(balance="2.00")
    reserve(user_id=user.pk, money=usd("2.00"), key="reserve:gift", now=NOON)
    later = NOON + timedelta(days=4 * 366)
    assert [each.reserved for each in dormant_balances(years=3, now=later)] == [usd("2.00")]

    unreserve(
        from_user_id=user.pk,
        to_user_id=user.pk,
        money=usd("1.00"),
        key="unreserve:gift",
        now=later - timedelta(days=30),
    )

    assert not dormant_balances(years=3, now=later)
