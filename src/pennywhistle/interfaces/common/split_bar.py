"""Where a price goes, by the verdict itself: the segments of `parts/_split_bar.html`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.apps.catalog.models import Role
from pennywhistle.interfaces.common.format import exact_text, percent_text
from pennywhistle.kernel.split import split

if TYPE_CHECKING:
    from pennywhistle.engines.clearance import Verdict
    from pennywhistle.kernel.money import Money

_ROLES = dict(Role.choices)


@dataclass(frozen=True, slots=True)
class Segment:
    """A payee's part on the bar."""

    name: str
    role: str
    amount_text: str
    percent: float
    percent_text: str
    account_number: int


def segments_of(verdict: Verdict, price: Money) -> tuple[Segment, ...]:
    """The exact cut of the price by the verdict's shares.

    The last micro-unit of each part is one that could be drawn: at a sale its own id decides it.
    """
    amounts = split(price, shares=[part.share for part in verdict.parts], seed=verdict.digest)
    return tuple(
        Segment(
            name=part.name if part.party_id else gettext("The store"),
            role=role_text(part.role) if part.party_id else gettext("Keeps the shop open"),
            amount_text=exact_text(amount),
            percent=float(part.share * 100),
            percent_text=percent_text(float(part.share)),
            account_number=part.account,
        )
        for part, amount in zip(verdict.parts, amounts, strict=True)
    )


def role_text(roles: str) -> str:
    """A role, or several joined by commas, as people read them."""
    return ", ".join(gettext(str(_ROLES.get(role, role))) for role in roles.split(", ") if role)
