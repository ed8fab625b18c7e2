"""Which doors are open to a buyer: by what operators said, and by what the store closed itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.payments import providers
from pennywhistle.apps.payments.errors import DoorClosedError
from pennywhistle.apps.payments.health import health_of
from pennywhistle.apps.payments.models import DoorSwitch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Door:
    """A way to pay in that is open; a healthy one is offered before the others."""

    code: str
    is_good: bool


def open_doors(*, currency: str, country: str, now: datetime) -> list[Door]:
    """The doors that are open to a buyer of this country, the one to offer first at the head."""
    switches = list(DoorSwitch.objects.standing().about(currency=currency, country=country))
    found = [
        Door(code, health_of(code, now=now).is_good)
        for code in providers.codes()
        if is_open(_of(code, switches))
    ]
    # Stable: among equals, in the order of the settings.
    return sorted(found, key=lambda door: not door.is_good)


def require_open(code: str, *, currency: str, country: str) -> None:
    """Raise DoorClosedError where nobody may pay by this door now."""
    switches = DoorSwitch.objects.standing().about(currency=currency, country=country)
    if not is_open(list(switches.filter(provider=code))):
        raise DoorClosedError(f"Nobody can pay in by {code} just now.")


def is_open(switches: Sequence[DoorSwitch]) -> bool:
    """What the standing switches of one door come to.

    What the store closed by itself is closed. Otherwise the operator's narrowest word holds; of two
    that are as narrow, the one that closes.
    """
    if any(each.cause != DoorSwitch.Cause.OPERATOR for each in switches):
        return False
    said = [each for each in switches if each.cause == DoorSwitch.Cause.OPERATOR]
    narrowest = max(
        said,
        key=lambda each: (bool(each.currency) + bool(each.country), not each.is_open),
        default=None,
    )
    return narrowest is None or narrowest.is_open


def _of(code: str, switches: Sequence[DoorSwitch]) -> list[DoorSwitch]:
    return [each for each in switches if each.provider == code]
