"""Whatever crashes, comes twice, late or never: the books stay right, and a seed shows it again."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test import TransactionTestCase

from pennywhistle.apps.ledger.actions import Amount, write_entry
from pennywhistle.apps.payments import paying_back, work
from pennywhistle.kernel.money import Money
from simulation import checks, keeping, paying
from simulation.faults import Kind, Plan
from simulation.play import DEEDS, BrokenError, check_all, play, try_deed
from simulation.world import Deed, a_world

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from simulation.world import World

pytestmark = pytest.mark.django_db(transaction=True)

# A seed that found something is added here for good.
SEEDS = [2, 3]


@pytest.fixture
def emptied() -> Callable[[], None]:
    """Empty the database as is done after each test."""
    return lambda: TransactionTestCase._fixture_teardown(None)


def test_a_store_that_is_killed_again_and_again_keeps_its_books(tmp_path: Path) -> None:
    world = play(7, 45, tmp_path)

    assert world.counts["KILLED"] > 5


@pytest.mark.drill
def test_seeds_find_nothing_and_everything_happens(
    tmp_path: Path, emptied: Callable[[], None]
) -> None:
    counts: dict[str, int] = {}
    for seed in SEEDS:
        world = play(seed, 250, tmp_path)
        emptied()
        for name, count in world.counts.items():
            counts[name] = counts.get(name, 0) + count

    assert all(counts.get(deed.__name__) for deed in DEEDS)
    struck = ["KILLED", "CUT", "NOT", "although overtaken"]
    assert all(counts.get(each) for each in struck)
    assert counts["buy ->"] > 20


def test_a_seed_does_the_same_again(tmp_path: Path, emptied: Callable[[], None]) -> None:
    first = play(5, 30, tmp_path / "first").trace
    emptied()
    again = play(5, 30, tmp_path / "again").trace
    emptied()

    assert again == first
    assert play(6, 30, tmp_path / "other").trace != first


def as_replica(statement: str) -> int:
    """Change what is written once, behind the guards; answers how many rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        count = cursor.rowcount
        cursor.execute("SET session_replication_role = DEFAULT")
    return count


def once(statement: str) -> Callable[[World, int], None]:
    """Meddle with the books as soon as there is something to meddle with."""
    done: list[int] = []

    def meddle(_world: World, _step: int) -> None:
        if not done and as_replica(statement):
            done.append(1)

    return meddle


# What is changed behind the guards, and which check sees it.
CHANGES = {
    "entries_sum_to_zero": """
        UPDATE ledger_entry SET accounts = accounts[:1], amounts_micro = amounts_micro[:1]
        WHERE id = (SELECT id FROM ledger_entry WHERE kind = 'sale' ORDER BY id DESC LIMIT 1)""",
    "balances_are_their_postings": """
        UPDATE ledger_balance SET amount_micro = amount_micro + 1
        WHERE account_id = (SELECT max(account_id) FROM ledger_balance)""",
    "all_in_the_log_once": """
        DELETE FROM proof_waiting WHERE entry_id =
          (SELECT id FROM ledger_entry WHERE kind = 'sale' ORDER BY id DESC LIMIT 1)""",
    "sales_are_whole": """
        DELETE FROM orders_entitlement WHERE line_id =
          (SELECT entry_id FROM orders_orderline ORDER BY entry_id DESC LIMIT 1)""",
    "log_is_the_books": """
        UPDATE ledger_entry SET item = 'R-1' WHERE id =
          (SELECT entry_id FROM proof_leaf WHERE entry_id IS NOT NULL ORDER BY log_index LIMIT 1)
        """,
    "paid_intents_are_credited_once": """
        UPDATE payments_topup SET state = 'failed' WHERE state = 'paid'""",
    "set_aside_is_explained": """
        UPDATE gifts_gift SET held_micro = held_micro + 1 WHERE state = 'open'""",
}


@pytest.mark.parametrize(("check", "statement"), CHANGES.items(), ids=list(CHANGES))
def test_what_is_changed_behind_the_guards_is_seen(
    tmp_path: Path, check: str, statement: str
) -> None:
    with pytest.raises(BrokenError, match=f"^{check}: "):
        play(11, 40, tmp_path, meddle=once(statement))


def test_a_credit_that_is_applied_twice_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit = work._credit

    def twice(top_up, now) -> None:
        credit(top_up, now)
        numbers = work.Entry.objects.get(key=f"top-up:{top_up.id}").accounts
        money = Money(top_up.amount_micro, top_up.currency)
        amounts = [Amount(numbers[0], money), Amount(numbers[1], -money)]
        key = f"top-up:{uuid.uuid4()}"
        write_entry(kind="top_up", key=key, subject=numbers[0], amounts=amounts, now=now)

    def meddle(_world: World, step: int) -> None:
        if step == 1:
            monkeypatch.setattr(work, "_credit", twice)

    with pytest.raises(BrokenError, match=r"^clearing_is_explained: .*\n.*make simulate SEED=12 "):
        play(12, 60, tmp_path, meddle=meddle)


def test_a_credit_of_a_transaction_of_its_own_is_seen_once_a_process_is_killed_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credit = work._credit
    with a_world(13, tmp_path) as world:
        try_deed(world, keeping.sign_up(world), None)
        made = paying.start_paid(world, "ada", "1.00")
        deed = Deed("return", lambda now: work.refresh_top_up(top_up_id=made.id, now=now).state)
        apart = partial(world.neighbor.do, credit)
        monkeypatch.setattr(work, "_credit", apart)

        with pytest.raises(BrokenError, match=r"^(clearing_is_expl|paid_intents_are_credited)"):
            kill_at_each_point(world, deed)


def kill_at_each_point(world: World, deed: Deed) -> None:
    """Do the same again and again, further each time."""
    for point in range(1, 40, 2):
        try_deed(world, deed, Plan(Kind.KILLED, point))
        check_all(world, checks.ALWAYS)


def test_a_provider_that_is_asked_inside_a_transaction_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        paying, "refresh_open_paybacks", transaction.atomic(paying_back.refresh_open_paybacks)
    )
    monkeypatch.setattr(paying, "pay_back", transaction.atomic(paying_back.pay_back))

    with pytest.raises(BrokenError, match="CalledInTransactionError"):
        play(14, 120, tmp_path)
