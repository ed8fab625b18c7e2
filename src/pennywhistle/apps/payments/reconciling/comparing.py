"""Line by line: what a provider's report says and the books do not, and the other way round."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Min, Q

from pennywhistle.apps.ledger.models import Entry
from pennywhistle.apps.payments.abilities import MovementKind
from pennywhistle.apps.payments.models import (
    Chargeback,
    Difference,
    Payback,
    ProviderMovement,
    TopUp,
)
from pennywhistle.apps.payments.reconciling.booking import unbooked_payouts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_Kind = MovementKind
_Of = Difference.Kind
# Lines that were read so lately are looked at again each day, as are those of open differences.
window = timedelta(days=45)
# So long a provider's report may lag behind, and the store behind the provider.
patience = timedelta(days=3)
_OF_BANK = {_Kind.FEE, _Kind.PAYOUT, _Kind.PAYOUT_FAILED}


@dataclass(frozen=True, slots=True)
class Found:
    """A difference: `amount_micro` is what the provider has more than the books."""

    kind: str
    subject: str
    amount_micro: int
    said: str
    entries: list[dict[str, str]] = field(default_factory=list)


def movements_to_look_at(*, code: str, currency: str, now: datetime) -> list[ProviderMovement]:
    """Those read lately, and those that open differences are about."""
    subjects = Difference.objects.open().filter(provider=code, currency=currency)
    refs = [each.removeprefix("line:") for each in subjects.values_list("subject", flat=True)]
    wanted = Q(read_at__gte=now - window) | Q(ref__in=refs)
    return list(ProviderMovement.objects.of(provider=code, currency=currency).filter(wanted))


def compare(
    *, code: str, currency: str, movements: Sequence[ProviderMovement], now: datetime
) -> list[Found]:
    """All lines that nothing explains, or with another amount, and what the report should have."""
    books = _Books.read(code, movements)
    waiting = unbooked_payouts(movements)
    found = [
        each
        for movement in movements
        if (each := _about(movement, books, waiting, now)) is not None
    ]
    return found + _missing(code, currency, now)


@dataclass(frozen=True, slots=True)
class _Books:
    """What the store knows of what a report's lines name."""

    top_ups: dict[str, TopUp]
    paybacks: dict[str, Payback]
    chargebacks: set[str]
    keys: set[str]

    @classmethod
    def read(cls, code: str, movements: Iterable[ProviderMovement]) -> _Books:
        names = {name for each in movements for name in (each.reference, each.source_ref) if name}
        ids = [found for name in names if (found := _uuid(name)) is not None]
        top_ups = TopUp.objects.filter(Q(id__in=ids) | Q(provider_ref__in=names), provider=code)
        known: dict[str, TopUp] = {}
        for top_up in top_ups:
            known[str(top_up.id)] = known[top_up.provider_ref] = top_up
        paybacks = Payback.objects.filter(id__in=ids, top_up__provider=code)
        cases = Chargeback.objects.filter(Q(id__in=ids) | Q(ref__in=names), provider=code)
        of_payouts = [f"payout:{name}{end}" for name in names for end in ("", ":sent", ":settled")]
        sweeps = [f"sweep:{name.removeprefix('sweep-')}" for name in names]
        entries = Entry.objects.filter(key__in=of_payouts + sweeps)
        return cls(
            known,
            {str(each.id): each for each in paybacks},
            {name for each in cases for name in (str(each.id), each.ref)},
            {key.split(":")[1] for key in entries.values_list("key", flat=True) if key},
        )


def _about(
    movement: ProviderMovement, books: _Books, waiting: set[str], now: datetime
) -> Found | None:
    """A difference, if there is one in a line."""
    kind = movement.kind
    if kind in _OF_BANK:
        if movement.ref in waiting:
            return _line(movement, "A sweep of this amount waits: say there that it was moved.")
        return None
    if kind == _Kind.PAYMENT:
        return _of_payment(movement, books, now)
    if kind in {_Kind.REFUND, _Kind.REFUND_FAILED}:
        return _of_refund(movement, books)
    if _is_known(movement, books):
        return None
    return _line(movement, f"Nothing in the books explains this {kind}.")


def _is_known(movement: ProviderMovement, books: _Books) -> bool:
    """Whether a dispute, or a transfer to a payee or the bank, is in the books by its name."""
    names = {movement.reference, movement.source_ref}
    if movement.kind in {_Kind.DISPUTE, _Kind.DISPUTE_WON}:
        return bool(names & books.chargebacks)
    of_transfer = {name.removeprefix("sweep-") for name in names}
    is_transfer = movement.kind in {_Kind.TRANSFER, _Kind.TRANSFER_FAILED}
    return is_transfer and bool(of_transfer & books.keys)


def _of_payment(movement: ProviderMovement, books: _Books, now: datetime) -> Found | None:
    top_up = books.top_ups.get(movement.reference) or books.top_ups.get(movement.source_ref)
    if top_up is None:
        return _line(movement, "No top-up is known by this payment's names.")
    if top_up.state != TopUp.State.PAID:
        if now - movement.moved_at < patience and top_up.state == TopUp.State.PENDING:
            return None
        said = f"It was paid there, and here the top-up {top_up.id} is {top_up.state}."
        return _line(movement, said, _told("books", f"top-up:{top_up.id}", 0, top_up.created_at))
    if top_up.amount_micro != movement.amount_micro:
        booked = _told("books", f"top-up:{top_up.id}", top_up.amount_micro, top_up.settled_at)
        off = movement.amount_micro - top_up.amount_micro
        return _line(movement, "Another amount was credited.", booked, of=_Of.AMOUNT, micro=off)
    return None


def _of_refund(movement: ProviderMovement, books: _Books) -> Found | None:
    if {movement.reference, movement.source_ref} & books.chargebacks:
        return None
    payback = books.paybacks.get(movement.reference)
    if payback is None:
        return _line(movement, "No payback is known by this refund's names.")
    failed = movement.kind == _Kind.REFUND_FAILED
    booked = _told("books", f"payback:{payback.id}", -payback.amount_micro, payback.settled_at)
    if failed != (payback.state == Payback.State.FAILED):
        if not failed:
            # Sent there, failed here: the failure is a line of its own, and comes.
            return None
        return _line(movement, f"It came back, and here the payback is {payback.state}.", booked)
    if abs(movement.amount_micro) != payback.amount_micro:
        off = payback.amount_micro - abs(movement.amount_micro)
        return _line(movement, "Another amount went back.", booked, of=_Of.AMOUNT, micro=off)
    return None


def _missing(code: str, currency: str, now: datetime) -> list[Found]:
    """What was credited, and of which the report says nothing though it should by now."""
    reported = ProviderMovement.objects.of(provider=code, currency=currency)
    first = reported.aggregate(at=Min("moved_at"))["at"]
    if first is None:
        return []
    payments = reported.filter(kind=_Kind.PAYMENT)
    open_ones = Difference.objects.open().filter(provider=code, kind=_Of.MISSING)
    still = [
        found
        for each in open_ones.values_list("subject", flat=True)
        if (found := _uuid(each.removeprefix("top-up:"))) is not None
    ]
    lately = Q(settled_at__gte=max(first, now - window), settled_at__lt=now - patience)
    top_ups = TopUp.objects.filter(
        lately | Q(id__in=still), provider=code, currency=currency, state=TopUp.State.PAID
    )
    rows = list(top_ups.order_by("settled_at", "id"))
    by_source = set(
        payments.filter(source_ref__in=[each.provider_ref for each in rows])
        .order_by()
        .values_list("source_ref", flat=True)
    )
    by_name = set(
        payments.filter(reference__in=[str(each.id) for each in rows])
        .order_by()
        .values_list("reference", flat=True)
    )
    return [
        Found(
            _Of.MISSING,
            f"top-up:{each.id}",
            -each.amount_micro,
            "It was credited, and the provider's report does not have it.",
            [_told("books", f"top-up:{each.id}", each.amount_micro, each.settled_at)],
        )
        for each in rows
        if each.provider_ref not in by_source and str(each.id) not in by_name
    ]


def _line(
    movement: ProviderMovement,
    said: str,
    booked: dict[str, str] | None = None,
    *,
    of: str = _Of.UNKNOWN,
    micro: int | None = None,
) -> Found:
    told = _told("provider", movement.ref, movement.amount_micro, movement.moved_at)
    off = movement.amount_micro if micro is None else micro
    return Found(of, f"line:{movement.ref}", off, said, [told, booked] if booked else [told])


def _told(where: str, what: str, micro: int, at: datetime | None) -> dict[str, str]:
    day = at.isoformat() if at is not None else ""
    return {"where": where, "what": what, "amount_micro": str(micro), "at": day}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
