"""Differences as rows: opened once, closed when what was missed has come, or by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from pennywhistle.apps.ledger.actions import Amount, open_account, write_entry
from pennywhistle.apps.ledger.models import Account, Entry
from pennywhistle.apps.payments.costs import fee_code
from pennywhistle.apps.payments.models import Difference

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from pennywhistle.apps.payments.reconciling.comparing import Found
    from pennywhistle.kernel.money import Money

_reason_length_max = 500
_GONE = "Both agree since."
_OTHER = "The amount is another by now."


class DifferenceError(ValueError):
    """Nothing was booked: it is settled, or nothing was said of why."""

    code = "difference"


@transaction.atomic
def note(*, code: str, currency: str, found: Iterable[Found], now: datetime) -> int:
    """Make the open differences of an account be these; answers how many are open.

    What a person has settled is not opened again, unless its amount is another. What is not found
    any more closes by itself.
    """
    _one_at_a_time()
    wanted = {(each.kind, each.subject): each for each in found}
    mine = Difference.objects.filter(provider=code, currency=currency)
    open_ones = {(each.kind, each.subject): each for each in mine.open()}
    for name, known in open_ones.items():
        if name not in wanted:
            _close(known, _GONE, now)
        elif wanted[name].amount_micro != known.amount_micro:
            _close(known, _OTHER, now)
    settled = set(
        mine.filter(settled_by__isnull=False).values_list("kind", "subject", "amount_micro")
    )
    for name, each in wanted.items():
        known_now = open_ones.get(name)
        is_open = known_now is not None and known_now.amount_micro == each.amount_micro
        if not is_open and (*name, each.amount_micro) not in settled:
            _open(code, currency, each, now)
    return mine.open().count()


def _one_at_a_time() -> None:
    """Wait until no other transaction opens differences; until the end of this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payments_difference'))")


def _close(known: Difference, reason: str, now: datetime) -> None:
    Difference.objects.filter(pk=known.pk).update(settled_at=now, reason=reason)


def _open(code: str, currency: str, found: Found, now: datetime) -> None:
    Difference.objects.create(
        provider=code,
        currency=currency,
        kind=found.kind,
        subject=found.subject[:160],
        amount_micro=found.amount_micro,
        said=found.said[:1_000],
        entries=found.entries,
        found_at=now,
    )


@transaction.atomic
def settle_difference(
    *, difference_id: int, how: str, reason: str, user_id: int, now: datetime
) -> Difference:
    """Close a difference: booked as the provider's fee (`fee`) or the store's (`own`), or not.

    `left`: nothing is booked, as both will agree or the other side is wrong. Whatever is booked
    makes the books say what the provider does. One that is settled stays as it is.

    Raises:
        DifferenceError: no reason is given, or there is nothing to book.
    """
    known = Difference.objects.select_for_update().get(id=difference_id)
    if known.settled_at is not None:
        return known
    word = " ".join(reason.split())[:_reason_length_max]
    if not word:
        raise DifferenceError("Say why: the reason stays on record.")
    if how not in {"fee", "own", "left"} or (how != "left" and not known.amount_micro):
        raise DifferenceError("There is nothing to book so.")
    if how != "left":
        known.ledger_key = _booked(known, how, now)
    known.settled_at, known.settled_by_id, known.reason = now, user_id, word
    known.save(update_fields=["settled_at", "settled_by", "reason", "ledger_key"])
    return known


@transaction.atomic
def book_by_hand(
    *, provider: str, amount: Money, reason: str, user_id: int, key: str, now: datetime
) -> Difference:
    """Book a gain (above zero) or loss on a clearing account that no report tells of; once a key.

    Such as what coins brought more than they were credited for when they were sold.

    Raises:
        DifferenceError: no reason is given, or nothing is booked.
    """
    _one_at_a_time()
    subject = f"by-hand:{key}"
    known = Difference.objects.filter(provider=provider, subject=subject).first()
    if known is None:
        known = Difference.objects.create(
            provider=provider,
            currency=amount.currency,
            kind=Difference.Kind.BALANCE,
            subject=subject,
            amount_micro=amount.micro,
            said="Told by an operator.",
            found_at=now,
        )
    return settle_difference(
        difference_id=known.pk, how="fee", reason=reason, user_id=user_id, now=now
    )


def _booked(known: Difference, how: str, now: datetime) -> str:
    kinds = Account.Kind
    there = open_account(kind=kinds.CLEARING, currency=known.currency, code=known.provider)
    if how == "fee":
        cost = fee_code(known.provider)
        other = open_account(kind=kinds.EXPENSE, currency=known.currency, code=cost)
    else:
        other = open_account(kind=kinds.STORE, currency=known.currency)
    key = f"difference:{known.pk}"
    write_entry(
        kind=Entry.Kind.FEE if how == "fee" else Entry.Kind.SWEEP,
        key=key,
        subject=there.number,
        amounts=[Amount(there.number, -known.amount), Amount(other.number, known.amount)],
        now=now,
    )
    return key
