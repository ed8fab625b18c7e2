"""Where a price goes, by the verdict itself: the segments of `parts/_split_bar.html`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop

from pennywhistle.apps.catalog.models import Role
from pennywhistle.apps.ledger.purses import numbers_of
from pennywhistle.engines.clearance import LICENSE_FEE
from pennywhistle.interfaces.common.format import exact_text, percent_text
from pennywhistle.interfaces.common.purse_names import purse_name
from pennywhistle.kernel.purse import Purse, PurseKind
from pennywhistle.kernel.split import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pennywhistle.engines.clearance import Part, Verdict
    from pennywhistle.kernel.money import Money

_ROLES = {**dict(Role.choices), LICENSE_FEE: gettext_noop("License fee")}


@dataclass(frozen=True, slots=True)
class Segment:
    """A payee's part on the bar."""

    name: str
    role: str
    amount_text: str
    percent: float
    percent_text: str
    # None: the account is opened by the first sale that pays into it.
    account_number: int | None


def accounts_of(verdicts: Iterable[Verdict]) -> dict[Purse, int]:
    """The accounts in the books that these verdicts would pay into, in one query."""
    allowed = [each for each in verdicts if each.price is not None]
    purses = (part.purse for each in allowed for part in each.parts)
    currency = next((each.price.currency for each in allowed if each.price), "")
    return numbers_of(purses, currency=currency) if allowed else {}


def segments_of(
    verdict: Verdict, price: Money, accounts: Mapping[Purse, int]
) -> tuple[Segment, ...]:
    """The exact cut of the price by the verdict's shares, and the payees' accounts in the books.

    The last micro-unit of each part is one that could be drawn: at a sale its own id decides it.
    """
    amounts = split(price, shares=[part.share for part in verdict.parts], seed=verdict.digest)
    return tuple(
        Segment(
            name=part.name or purse_name(part.purse.kind, part.purse.code),
            role=_why(part),
            amount_text=exact_text(amount),
            percent=float(part.share * 100),
            percent_text=percent_text(float(part.share)),
            account_number=accounts.get(part.purse),
        )
        for part, amount in zip(verdict.parts, amounts, strict=True)
    )


def _why(part: Part) -> str:
    if part.purse.kind is PurseKind.STORE:
        return gettext("Keeps the shop open")
    return role_text(part.role)


def role_text(roles: str) -> str:
    """A role, or several joined by commas, as people read them."""
    return ", ".join(gettext(str(_ROLES.get(role, role))) for role in roles.split(", ") if role)
