"""What fakepay's operator does: turns knobs, and lets banks and the merchant's own bank act."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.kernel.money import Money, micro_per_minor_unit
from pennywhistle.providers.fakepay import account, cases, desk
from pennywhistle.providers.fakepay.models import FakeKnobs, FakeRefund

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.providers.fakepay.models import FakePayout


@dataclass(frozen=True, slots=True)
class Turned:
    """How the knobs shall stand."""

    is_frozen: bool
    webhooks: str
    refunds: str
    payouts: str
    fee_ppm: int
    fee_micro: int
    dispute_fee_micro: int


def turn(*, to: Turned, now: datetime) -> FakeKnobs:
    """Turn all knobs; freezing a frozen account changes nothing."""
    changes = asdict(to)
    changes["frozen_at"] = _frozen_at(now) if changes.pop("is_frozen") else None
    return FakeKnobs.objects.update_or_create(id=1, defaults=changes)[0]


def freeze(*, now: datetime, is_frozen: bool = True) -> None:
    """Freeze or thaw the account, and leave the other knobs as they are."""
    changes = {"frozen_at": _frozen_at(now) if is_frozen else None}
    FakeKnobs.objects.update_or_create(id=1, defaults=changes)


def _frozen_at(now: datetime) -> datetime:
    return FakeKnobs.now_set().frozen_at or now


@transaction.atomic
def sweep(*, currency: str, key: str, now: datetime) -> FakePayout | None:
    """Send all that lies here, in whole coins, to the store's own bank; once a key."""
    held = account.holding(currency=currency, now=now).micro
    whole_micro = held - held % micro_per_minor_unit(currency)
    if whole_micro <= 0:
        return None
    return desk.pay_out(key=key, amount=Money(whole_micro, currency), account="", now=now)


def act(*, deed: str, ref: str, now: datetime) -> None:
    """Do what a bank does to a payment, a dispute or a refund.

    Raises ProviderError where it cannot be done.
    """
    match deed:
        case "dispute":
            cases.open_dispute(ref=ref, now=now)
        case "inquiry":
            cases.open_dispute(ref=ref, now=now, reason="general", is_inquiry=True)
        case "warn":
            cases.warn(ref=ref, now=now)
        case "win" | "lose":
            cases.close_dispute(ref=ref, is_won=deed == "win", now=now)
        case "fail-refund":
            refund = FakeRefund.objects.filter(ref=ref).first()
            if refund is None:
                raise desk.PaymentUnknownError(f"fakepay knows no refund {ref[:40]!r}.")
            desk.fail_refund(key=refund.key, now=now)
        case _:
            raise ValueError(f"nobody does {deed!r}")


DEEDS = ("dispute", "inquiry", "warn", "win", "lose", "fail-refund")
