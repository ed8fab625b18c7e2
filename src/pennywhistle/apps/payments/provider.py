"""The port that every payment provider fills: six verbs in the store's words.

A provider's folder knows this module and nothing else of the store. What a webhook says is never
believed: it names payments, and the store fetches their state.
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


class RefundState(StrEnum):
    """What a provider says of money that it sends back. Done and failed are final."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class RefundRefusedError(ProviderError):
    """The provider will not send this back, however often it is asked."""

    code = "refund-refused"


class NoticeRefusedError(ProviderError):
    """A webhook without a right signature, or too old."""

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


@dataclass(frozen=True, slots=True)
class Refunding:
    """Money on its way back, as the provider sees it now; `reason` says why it failed."""

    state: RefundState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A webhook whose signature is right: its id, and the payment that it is about.

    It tells of a payment, or of money that went back from it.
    """

    notice_id: str
    provider_ref: str


class Provider(Protocol):
    """A door for money."""

    @property
    def code(self) -> str:
        """The name of its folder, in settings, addresses and the books."""

    def start(self, *, reference: str, amount: Money, return_url: str, notify_url: str) -> Started:
        """Begin a payment. The same `reference` again answers with the same payment."""

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

    def pay_out(self, *, key: str, amount: Money, account: str) -> str:
        """Send earned money to a payee's account; answers with the provider's name for it."""
