"""What some payment providers can beyond the port's verbs: each ability is a protocol of its own.

An adapter fills those that its provider has, and `isinstance(provider(code), TellsDisputes)` asks.
What is told is as the provider sees it now; amounts are of the account that it keeps for the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import date, datetime

    from pennywhistle.kernel.money import Money


class DisputeState(StrEnum):
    """How a dispute stands. Won and lost are final, as far as a provider can say."""

    OPEN = "open"  # evidence may be sent, until `answer_until`
    ANSWERED = "answered"  # with the buyer's bank
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Dispute:
    """A buyer's bank takes a payment back, or asks about it.

    `reference` is the store's own name for the payment. `amount` is in dispute; it is off the
    provider's account once `is_withdrawn`, which a mere inquiry is not. `fee` is what the provider
    has kept for it so far, and may give back.
    """

    ref: str
    provider_ref: str
    reference: str
    state: DisputeState
    amount: Money
    fee: Money
    is_withdrawn: bool
    # In the provider's words, such as "fraudulent" or "product_not_received".
    reason: str
    opened_at: datetime
    answer_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the store in a dispute; what is empty is not sent.

    `log` says which files were fetched, when and from where; `receipt` is a PDF.
    """

    buyer_name: str = ""
    buyer_email: str = ""
    buyer_address_ip: str = ""
    product: str = ""
    delivered_on: date | None = None
    log: str = ""
    refund_terms: str = ""
    statement: str = ""
    receipt: bytes = b""


@runtime_checkable
class TellsDisputes(Protocol):
    """It says which payments are disputed, and carries the store's answer to the bank."""

    def disputes(self, *, since: datetime) -> list[Dispute]:
        """Those that were opened at or after an instant, oldest first."""

    def fetch_dispute(self, *, ref: str) -> Dispute:
        """How a dispute stands now."""

    def answer_dispute(self, *, ref: str, evidence: Evidence, key: str) -> Dispute:
        """Send the evidence, for good; once a `key`. Raises AnswerRefusedError when too late."""


@dataclass(frozen=True, slots=True)
class FraudWarning:
    """A bank's word that a payment is fraud, before any dispute: a refund now may prevent one."""

    ref: str
    provider_ref: str
    reference: str
    told_at: datetime
    # Whether a refund would help: the payment is neither refunded nor disputed yet.
    is_actionable: bool


@runtime_checkable
class TellsWarnings(Protocol):
    """It passes on banks' early warnings of fraud."""

    def warnings(self, *, since: datetime) -> list[FraudWarning]:
        """Those that were told at or after an instant, oldest first."""


class MovementKind(StrEnum):
    """Why money moved on the provider's account."""

    PAYMENT = "payment"
    REFUND = "refund"
    REFUND_FAILED = "refund-failed"  # came back, because it did not arrive
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute-won"
    FEE = "fee"  # by itself, as `amount`; most fees are kept with what they are for
    PAYOUT = "payout"  # to the store's own bank
    PAYOUT_FAILED = "payout-failed"
    TRANSFER = "transfer"  # to a payee
    TRANSFER_FAILED = "transfer-failed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the provider's balance report; the sum of all `net` is what it holds.

    `amount` is above zero for what came in. `reference` is the store's own name of what moved, ""
    where the provider does not say it: of the top-up for payments and disputes, of the payback (its
    key) for refunds, of the payout (its key) for transfers. `source_ref` is the provider's name.
    """

    ref: str
    kind: MovementKind
    amount: Money
    # What the provider kept of it; below zero where it gave a fee back.
    fee: Money
    at: datetime
    available_at: datetime | None = None
    source_ref: str = ""
    reference: str = ""

    @property
    def net(self) -> Money:
        """What changed on the account."""
        return self.amount - self.fee


@runtime_checkable
class TellsMovements(Protocol):
    """It has a balance report."""

    def movements(self, *, since: datetime) -> list[Movement]:
        """All that moved at or after an instant, oldest first, in every currency."""


@dataclass(frozen=True, slots=True)
class Funds:
    """What lies at a provider: to be had now, not yet, and what it does not give out."""

    available: Money
    coming: Money
    frozen: Money


@runtime_checkable
class TellsFunds(Protocol):
    """It says more of what it holds than a sum."""

    def funds(self, *, currency: str) -> Funds:
        """What lies there now."""


class PayoutState(StrEnum):
    """What a provider says of money that it sends to a payee. A paid one may fail days later."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PayoutSent:
    """Money on its way to a payee, as the provider sees it now; `reason` says why it failed."""

    ref: str
    state: PayoutState
    amount: Money
    reason: str = ""


@runtime_checkable
class PaysOut(Protocol):
    """It sends what it holds to payees, and to the store's own bank."""

    def pay_out(self, *, key: str, amount: Money, account: str) -> PayoutSent:
        """Send it to a payee's account, in the provider's words; once a `key`.

        An empty `account` is the bank account that the store named to the provider. Raises
        PayoutRefusedError where it never will.
        """

    def takes_account(self, *, account: str) -> bool:
        """Whether it can send to an account that a payee entered: some know only their own."""

    def fetch_payout(self, *, ref: str) -> PayoutSent:
        """How that stands now."""


class Level(StrEnum):
    """What a check found."""

    RIGHT = "right"
    DOUBTFUL = "doubtful"  # payments go on; somebody should look
    WRONG = "wrong"  # no payments, or not all of them


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, what was found, and what to do about it; for the operator."""

    name: str
    level: Level
    said: str
    cure: str = ""


@runtime_checkable
class Checks(Protocol):
    """It can look whether it is set up well (`pennywhistle doctor`)."""

    def check(self, *, notify_url: str, currency: str, now: datetime) -> list[Finding]:
        """Look at keys, account, webhooks, clock and currency; raises nothing."""
