"""A purse names an account of the books in any currency: whose money, and why it lies there."""

from dataclasses import dataclass
from enum import StrEnum


class PurseKind(StrEnum):
    """Whose money it is, in the words of the books."""

    PAYEE = "payee"  # what a party earned
    STORE = "store"  # the store's own share
    TAX = "tax"  # owed to a tax office; `code` is its territory
    HELD = "held"  # disputed, kept apart until it is settled; `code` says over what
    UNCLAIMED = "unclaimed"  # nobody has claimed it yet; `code` says why and for what
    SUBSIDY = "subsidy"  # what the operator adds to sales under the floor


@dataclass(frozen=True, slots=True, order=True)
class Purse:
    """Where a part of a price goes: a kind, a party for payees, a code for the others.

    The code of money that is kept apart is `reason:subject:territory:year`, such as
    `claims:work-17:FR:2026`: held and unclaimed money is kept by reason, work, territory and
    year (directive 2014/26/EU, article 13).
    """

    kind: PurseKind
    party_id: int = 0
    code: str = ""
