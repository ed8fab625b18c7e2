"""The port that every payment provider fills: five verbs in the store's words.

A provider's folder knows this module and `abilities`, what only some providers can, and nothing
else of the store. What a webhook says is never believed: it names payments, and the store fetches
their state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pennywhistle.kernel.money import Money


class PaymentState(StrEnum):
    """What a provider says of a payment. Paid and failed are final: no later word changes them."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


class ProviderError(Exception):
    """The provider could not be asked, or refused to answer; ask again later."""

    code = "provider"


class ProviderClosedError(ProviderError):
    """The provider has closed this door: its account is frozen, restricted or refused."""

    code = "provider-closed"


class KeyReusedError(ProviderError):
    """The same reference or key came with something else; asking again will not help."""

    code = "key-reused"


class RefundState(StrEnum):
    """What a provider says of money that it sends back. Done and failed are final."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class RefundRefusedError(ProviderError):
    """The provider will not send this back, however often it is asked."""

    code = "refund-refused"


class AnswerRefusedError(ProviderError):
    """The provider takes no evidence for this dispute any more."""

    code = "answer-refused"


class PayoutRefusedError(ProviderError):
    """The provider will not send this to a payee, however often it is asked."""

    code = "payout-refused"


class NoticeRefusedError(ProviderError):
    """A webhook without a right signature, too old, or meant for another store or mode."""

    code = "notice-refused"


@dataclass(frozen=True, slots=True)
class Started:
    """A payment that was begun: the provider's name for it, and where the buyer goes to pay."""

    provider_ref: str
    redirect_url: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as the provider sees it now."""

    provider_ref: str
    reference: str
    state: PaymentState
    amount: Money
    # ISO 3166-1 alpha-2 of the account or card that paid, if the provider says so: evidence of
    # where the buyer lives.
    country: str = ""
    # The same for each payment by the same card or account, and says nothing else. "": unknown.
    fingerprint: str = ""
    # The scheme that it went through, such as "visa" or "sepa_debit". "": unknown.
    network: str = ""
    # Whether the buyer's bank made sure that it was the buyer (3-D Secure or the like).
    is_challenged: bool = False
    # How often it was tried and declined, as far as the provider says.
    decline_count: int = 0
    # The payer chose the amount: what came is credited, whatever was asked for.
    is_as_it_came: bool = False


@dataclass(frozen=True, slots=True)
class Refunding:
    """Money on its way back, as the provider sees it now.

    `reason` says why it failed; or, of what is pending, what the buyer has to do to get it.
    """

    state: RefundState
    reason: str = ""


class About(StrEnum):
    """What a webhook is about."""

    PAYMENT = "payment"  # or money that went back from it
    DISPUTE = "dispute"
    WARNING = "warning"
    PAYOUT = "payout"
    OTHER = "other"  # nothing that the store wants to know


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook whose signature is right: its id, and what it is about.

    `provider_ref` is the provider's name of the payment, dispute, warning or payout. Where a notice
    about a payment does not say that, `reference` is the store's own name for it.
    """

    notice_id: str
    provider_ref: str = ""
    about: About = About.PAYMENT
    reference: str = ""


class Provider(Protocol):
    """A door for money."""

    @property
    def code(self) -> str:
        """The name of its folder, in settings, addresses and the books."""

    def start(
        self,
        *,
        reference: str,
        amount: Money,
        return_url: str,
        notify_url: str,
        challenge: bool = False,
    ) -> Started:
        """Begin a payment. The same `reference` again answers with the same payment.

        `challenge` asks that the buyer's bank makes sure who pays (3-D Secure), where it can.
        Raises KeyReusedError where the reference began something else, and ProviderClosedError
        where no payments are taken at all.
        """

    def fetch(self, *, provider_ref: str) -> Payment:
        """The payment's state now."""

    def refund(self, *, provider_ref: str, amount: Money, key: str) -> Refunding:
        """Send a part of a payment back, or all; once a `key`: with it again, how that stands.

        Raises RefundRefusedError where it never will.
        """

    def holding(self, *, currency: str) -> Money | None:
        """What it holds for the store now: paid in, not sent back, not paid out. None: unknown."""

    def read_notice(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Check a webhook's signature and age. Raises NoticeRefusedError.

        `headers` finds a header whatever the case of its name, as Django's does.
        """
