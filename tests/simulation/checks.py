"""What is always so: each check looks at all of the books, and says what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from pennywhistle.apps.ledger.models import Account, Balance, Entry, Posting
from pennywhistle.apps.orders.models import Order
from pennywhistle.apps.payments.models import Payback, TopUp
from pennywhistle.providers.fakepay.models import FakePayment, FakeRefund
from simulation.log_checks import all_in_the_log_once, heads_stand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulation.world import World


def _rows(statement: str, *parameters: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return cursor.fetchall()


def entries_sum_to_zero(world: World) -> Iterator[str]:
    """Every entry moves something, from account to account, in one currency; nothing is left."""
    del world
    for entry_id, kind, left in _rows("""
        SELECT e.id, e.kind, (SELECT sum(a) FROM unnest(e.amounts_micro) a) FROM ledger_entry e
        WHERE cardinality(e.accounts) IS DISTINCT FROM cardinality(e.amounts_micro)
          OR cardinality(e.accounts) = 0 OR 0 = ANY (e.amounts_micro)
          OR (SELECT sum(a) FROM unnest(e.amounts_micro) a) <> 0
          OR EXISTS (SELECT FROM unnest(e.accounts) n LEFT JOIN ledger_account k ON k.number = n
                     WHERE k.currency IS DISTINCT FROM e.currency)"""):
        yield f"the {kind} {entry_id} leaves {left} micro-units over"


def balances_are_their_postings(world: World) -> Iterator[str]:
    """No balance is negative, and each is the sum of what moved; so is what is kept for others."""
    del world
    for number, kind, kept, posted in _rows("""
        SELECT k.number, k.kind, b.amount_micro, coalesce(p.total, 0) FROM ledger_account k
        LEFT JOIN ledger_balance b ON b.account_id = k.number
        LEFT JOIN (SELECT account_id, sum(amount_micro) AS total FROM ledger_posting
                   GROUP BY account_id) p ON p.account_id = k.number
        WHERE (k.kind IN ('balance', 'reserved')
               AND (b.amount_micro IS DISTINCT FROM coalesce(p.total, 0) OR b.amount_micro < 0))
          OR (k.kind IN ('held', 'unclaimed') AND p.total < 0)"""):
        yield f"account {number} ({kind}) says {kept}; its postings say {posted}"


def clearing_is_explained(world: World) -> Iterator[str]:
    """What the books and the provider say differs by what open intents say, to the last unit."""
    payments = {each.reference: each for each in FakePayment.objects.all()}
    refunds = {each.key: each for each in FakeRefund.objects.select_related("payment")}
    paid = sum(
        each.amount_micro for each in payments.values() if each.state_at(world.now) == "paid"
    )
    held = paid - sum(
        each.amount_micro for each in refunds.values() if refund_state(each, world) != "failed"
    )
    clearing = Account.objects.filter(kind="clearing", code="fakepay").values_list("number")
    booked = -sum(
        Posting.objects.on([number for (number,) in clearing]).values_list(
            "amount_micro", flat=True
        )
    )
    coming = sum(
        each.amount_micro
        for each in TopUp.objects.open()
        if str(each.id) in payments and payments[str(each.id)].state_at(world.now) == "paid"
    )
    going = sum(
        each.amount_micro
        for each in Payback.objects.open()
        if str(each.id) not in refunds or refund_state(refunds[str(each.id)], world) == "failed"
    )
    if held - booked != coming + going:
        yield (
            f"the provider holds {held}, the books say {booked};"
            f" {coming} is to be credited and {going} to be sent"
        )


def refund_state(refund: FakeRefund, world: World) -> str:
    """How a refund stands at the provider by the clock."""
    is_over = refund.settles_at is not None and refund.settles_at <= world.now
    if refund.state == "pending" and is_over:
        return "failed" if refund.payment.scenario == "no-refund" else "done"
    return refund.state


def paid_intents_are_credited_once(world: World) -> Iterator[str]:
    """What is paid is credited once, with what was promised on top, and nothing else is."""
    del world
    entries = {each.key: each for each in Entry.objects.filter(kind__in=["top_up", "bonus"])}
    due: set[str] = set()
    for top_up in TopUp.objects.filter(state=TopUp.State.PAID):
        amounts = {"top-up": top_up.amount_micro, "bonus": top_up.bonus_micro}
        for name, amount in amounts.items():
            key = f"{name}:{top_up.id}"
            if amount:
                due.add(key)
            if amount and _credited(entries.get(key)) != (top_up.user_id, amount):
                yield f"the {name} of top-up {top_up.key} is not credited as it should be"
    for key in entries.keys() - due:
        yield f"{key} was credited, and no paid top-up says so"


def ends_are_those_of_the_provider(world: World) -> Iterator[str]:
    """What the provider was paid is credited or still asked about; nothing else is credited."""
    top_ups = {str(each.id): each for each in TopUp.objects.all()}
    for payment in FakePayment.objects.all():
        top_up = top_ups.get(payment.reference)
        if top_up is None or top_up.amount_micro != payment.amount_micro:
            yield f"payment {payment.ref} belongs to no top-up of its amount"
            continue
        is_paid = payment.state_at(world.now) == "paid"
        if is_paid and top_up.state == TopUp.State.FAILED:
            yield f"top-up {top_up.key} was paid at the provider, and given up here"
        if not is_paid and top_up.state == TopUp.State.PAID:
            yield f"top-up {top_up.key} was credited, and never paid"


def _credited(entry: Entry | None) -> tuple[int | None, int] | None:
    if entry is None:
        return None
    subject = Account.objects.get(number=entry.accounts[0])
    return subject.user_id, entry.amounts_micro[0]


def paybacks_leave_once(world: World) -> Iterator[str]:
    """What goes back left its balance once; what failed is there again; the provider agrees."""
    refunds = {each.key: each for each in FakeRefund.objects.select_related("payment")}
    entries = set(Entry.objects.filter(kind="payback").values_list("key", flat=True))
    due: set[str] = set()
    for payback in Payback.objects.all():
        due.add(f"payback:{payback.id}")
        if payback.state == "failed":
            due.add(f"payback:{payback.id}:failed")
        refund = refunds.pop(str(payback.id), None)
        at_provider = refund_state(refund, world) if refund else "none"
        # In between, the provider may know more than the store, or not yet of it.
        agrees = {"done": {"done"}, "failed": {"none", "failed"}}
        if at_provider not in agrees.get(payback.state, {at_provider}):
            yield f"payback {payback.key} is {payback.state} here and {at_provider} there"
        if refund and refund.amount_micro != payback.amount_micro:
            yield f"payback {payback.key} was sent with another amount"
    if entries != due:
        yield f"entries of paybacks are not those that are due: {sorted(entries ^ due)}"
    if refunds:
        yield f"the provider sent back what nobody asked for: {sorted(refunds)}"


def sales_are_whole(world: World) -> Iterator[str]:
    """Each sale is one entry, one line and one right of its buyer, which a refund ends exactly."""
    del world
    for entry_id, wrong in _rows("""
        SELECT coalesce(e.id, l.entry_id), CASE
            WHEN e.id IS NULL OR l.entry_id IS NULL OR o.id IS NULL THEN 'is not entry and line'
            WHEN n.rights <> 1 OR n.own <> 1 THEN 'is not one right of its buyer'
            WHEN e.accounts[1] <> o.account_id OR e.amounts_micro[1] <> -l.price_micro
              OR e.price_micro <> l.price_micro THEN 'is not paid by its buyer with its price'
            WHEN n.refunds > 1 OR n.refunds <> n.ended OR n.refunds <> n.noted
              THEN 'is not refunded as a whole'
            WHEN n.negatives <> n.refunds THEN 'is not refunded exactly' END
        FROM (SELECT * FROM ledger_entry WHERE kind = 'sale') e
        FULL JOIN orders_orderline l ON l.entry_id = e.id
        LEFT JOIN orders_order o ON o.id = l.order_id
        CROSS JOIN LATERAL (SELECT
          (SELECT count(*) FROM orders_entitlement t WHERE t.line_id = l.entry_id) AS rights,
          (SELECT count(*) FROM orders_entitlement t
           WHERE t.line_id = l.entry_id AND t.buyer_id = o.buyer_id) AS own,
          (SELECT count(*) FROM orders_entitlement t
           WHERE t.line_id = l.entry_id AND t.ended_at IS NOT NULL) AS ended,
          (SELECT count(*) FROM orders_refund r WHERE r.line_id = l.entry_id) AS noted,
          (SELECT count(*) FROM ledger_entry r WHERE r.reverses_id = e.id) AS refunds,
          (SELECT count(*) FROM ledger_entry r WHERE r.reverses_id = e.id
             AND r.accounts = e.accounts
             AND r.amounts_micro = ARRAY(SELECT -a FROM unnest(e.amounts_micro)
               WITH ORDINALITY AS u(a, n) ORDER BY u.n)) AS negatives) n"""):
        if wrong:
            yield f"the sale {entry_id} {wrong}"
    for order_id, total, lines in _rows("""
        SELECT o.id, o.total_micro, sum(l.price_micro) FROM orders_order o
        LEFT JOIN orders_orderline l ON l.order_id = o.id
        GROUP BY o.id HAVING sum(l.price_micro) IS DISTINCT FROM o.total_micro"""):
        yield f"order {order_id} costs {total}, its lines {lines}"


def nobody_pays_twice(world: World) -> Iterator[str]:
    """No key has two orders, nobody owns a thing twice, and no order that was answered is gone."""
    for who, wrong in _rows("""
        SELECT buyer_id, 'ordered twice by one key' FROM orders_order
        GROUP BY buyer_id, key HAVING count(*) > 1
        UNION ALL SELECT buyer_id, 'owns something twice' FROM orders_entitlement
        WHERE ended_at IS NULL GROUP BY buyer_id, release_id, track_id HAVING count(*) > 1"""):
        yield f"buyer {who} {wrong}"
    gone = len(world.promised) - Order.objects.filter(id__in=world.promised).count()
    if gone:
        yield f"{gone} orders that the store answered with are gone"


def set_aside_is_explained(world: World) -> Iterator[str]:
    """What lies aside is what waiting pre-orders and open gifts say, moved once each way."""
    del world
    for user_id, aside, waiting in _rows("""
        SELECT k.user_id, b.amount_micro, coalesce(w.total, 0) FROM ledger_account k
        JOIN ledger_balance b ON b.account_id = k.number
        LEFT JOIN (SELECT user_id, sum(held) AS total FROM (
            SELECT buyer_id AS user_id, held_micro AS held FROM preorders_preorder
            WHERE state = 'waiting'
            UNION ALL SELECT giver_id, held_micro FROM gifts_gift WHERE state = 'open') x
          GROUP BY user_id) w ON w.user_id = k.user_id
        WHERE k.kind = 'reserved' AND b.amount_micro <> coalesce(w.total, 0)"""):
        yield f"user {user_id} has {aside} aside, of which {waiting} is waited for"
    for kind, count, due in _rows("""
        WITH aside AS (SELECT state = 'waiting' AS waits FROM preorders_preorder
                       UNION ALL SELECT state = 'open' FROM gifts_gift)
        SELECT k.kind, (SELECT count(*) FROM ledger_entry e WHERE e.kind = k.kind),
          CASE k.kind WHEN 'reserve' THEN (SELECT count(*) FROM aside)
            ELSE (SELECT count(*) FROM aside WHERE NOT waits) END
        FROM (VALUES ('reserve'), ('unreserve')) AS k(kind)"""):
        if count != due:
            yield f"{count} entries of kind {kind}, for {due} orders and gifts"


def nothing_is_open(world: World) -> Iterator[str]:
    """At the very end: every payment's end is known here, and everything is in the log."""
    if TopUp.objects.open().exists() or Payback.objects.open().exists():
        yield "there are open intents, though the clock asked for days"
    if _rows("SELECT FROM proof_waiting LIMIT 1"):
        yield "entries wait for the log, though the sequencer ran"
    if world.log.folder.read("checkpoint") == b"":
        yield "nothing is published"


ALWAYS = (
    entries_sum_to_zero,
    balances_are_their_postings,
    clearing_is_explained,
    paid_intents_are_credited_once,
    ends_are_those_of_the_provider,
    paybacks_leave_once,
    sales_are_whole,
    nobody_pays_twice,
    set_aside_is_explained,
    all_in_the_log_once,
    heads_stand,
)


def balances_in_the_end() -> list[int]:
    """All balances, by account number: what a run led to, for its trace."""
    return list(Balance.objects.order_by("account_id").values_list("amount_micro", flat=True))
