"""Stripe behind the store's port for payment providers (`apps.payments.provider`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import stripe

from pennywhistle.apps.payments.begun import ref_of
from pennywhistle.apps.payments.provider import (
    KeyReusedError,
    Payment,
    PaymentState,
    Provider,
    ProviderClosedError,
    ProviderError,
    Refunding,
    RefundRefusedError,
    Started,
)
from pennywhistle.providers.stripe import checking, reading
from pennywhistle.providers.stripe.asking import asking, client
from pennywhistle.providers.stripe.keeping import Keeping
from pennywhistle.providers.stripe.notices import notice_of
from pennywhistle.providers.stripe.units import coins_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pennywhistle.apps.payments.abilities import Finding
    from pennywhistle.apps.payments.provider import Notice
    from pennywhistle.kernel.money import Money

# The money has left the charge, or never was there: asking again will not help.
_REFUND_NEVER = {"charge_already_refunded", "charge_disputed", "amount_too_large"}
_OVER_REFUND = "greater than"
_EXPANDED = "payment_intent.latest_charge"


@dataclass(frozen=True, slots=True)
class Stripe(Keeping):
    """The port's verbs and all the abilities; payments are Checkout Sessions."""

    code: str = "stripe"

    def start(
        self,
        *,
        reference: str,
        amount: Money,
        return_url: str,
        notify_url: str,
        challenge: bool = False,
    ) -> Started:
        """Begin a hosted Checkout Session, or find the one that this reference began.

        Stripe knows idempotency keys, for a day, and no references; the store remembers the name.
        """
        del notify_url  # An endpoint for all payments is set up in Stripe's dashboard.
        known = ref_of(provider=self.code, reference=reference)
        if known:
            return self._begun(known, amount, return_url)
        coins = coins_of(amount)
        secure = "challenge" if challenge else "automatic"
        try:
            with asking():
                session = client().v1.checkout.sessions.create(
                    {
                        "mode": "payment",
                        "client_reference_id": reference,
                        "success_url": return_url,
                        "cancel_url": return_url,
                        "line_items": [
                            {
                                "quantity": 1,
                                "price_data": {
                                    "currency": amount.currency.lower(),
                                    "unit_amount": coins,
                                    "product_data": {"name": urlsplit(return_url).hostname or "-"},
                                },
                            }
                        ],
                        # Or Stripe shows and takes the amount in the buyer's own currency.
                        "adaptive_pricing": {"enabled": False},
                        "payment_method_options": {"card": {"request_three_d_secure": secure}},
                        "payment_intent_data": {"metadata": {"reference": reference}},
                    },
                    {"idempotency_key": f"top-up-{reference}"},
                )
        except ProviderError as error:
            _tell_closed(error)
            raise
        if not session.url:
            raise ProviderError("Stripe began a payment without a page.")
        return Started(provider_ref=session.id, redirect_url=session.url)

    def fetch(self, *, provider_ref: str) -> Payment:
        """The Checkout Session's state now."""
        session = self._session(provider_ref)
        payment, intent = reading.payment_of(session), reading.intent_of(session)
        if not intent or payment.state is PaymentState.PAID:
            return payment
        with asking():
            charges = client().v1.charges.list({"payment_intent": intent, "limit": 100})
            declined = sum(each.status == "failed" for each in charges.data)
        return replace(payment, decline_count=declined)

    def refund(self, *, provider_ref: str, amount: Money, key: str) -> Refunding:
        """Send money back once a key, or tell how that stands.

        Stripe forgets idempotency keys after a day and answers with what was true at first, so the
        refund is looked for by our own name of it before another is made.
        """
        coins = coins_of(amount)
        session = self._session(provider_ref)
        intent = reading.intent_of(session)
        if not intent:
            raise RefundRefusedError(f"{provider_ref} was never paid.")
        with asking():
            made = client().v1.refunds.list({"payment_intent": intent, "limit": 100})
            for each in made.auto_paging_iter():
                if reading.own_name(each.to_dict()) == key:
                    return reading.refunding_of(each.to_dict())
            names = {"key": key, "reference": session.get("client_reference_id") or ""}
            try:
                new = client().v1.refunds.create(
                    {"payment_intent": intent, "amount": coins, "metadata": names},
                    {"idempotency_key": f"refund-{key}"},
                )
            except stripe.InvalidRequestError as error:
                if _is_final(error):
                    raise RefundRefusedError(f"Stripe: {error.user_message}") from error
                raise
            return reading.refunding_of(new.to_dict())

    def holding(self, *, currency: str) -> Money | None:
        """What lies on the balance now, to be had or not yet."""
        with asking():
            said = client().v1.balance.retrieve().to_dict()
            parts = [*said["available"], *said["pending"], *(said.get("connect_reserved") or [])]
            return reading.total(parts, currency)

    def read_notice(self, *, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Check a webhook's signature, age and mode."""
        return notice_of(body, headers)

    def check(self, *, notify_url: str, currency: str, now: datetime) -> list[Finding]:
        """Look at key, account, currency, clock and webhook."""
        return checking.findings(notify_url=notify_url, currency=currency, now=now)

    def _begun(self, ref: str, amount: Money, return_url: str) -> Started:
        session = self._session(ref)
        if reading.payment_of(session).amount != amount:
            raise KeyReusedError(f"{ref} is a payment of another amount.")
        # One that has ended has no page any more; the store's own says how it ended.
        return Started(provider_ref=ref, redirect_url=session.get("url") or return_url)

    def _session(self, ref: str) -> reading.Said:
        with asking():
            found = client().v1.checkout.sessions.retrieve(ref, {"expand": [_EXPANDED]})
            return found.to_dict()


def _is_final(error: stripe.InvalidRequestError) -> bool:
    """Whether a refund was refused for good; Stripe gives an over-refund no code, but words."""
    return error.code in _REFUND_NEVER or _OVER_REFUND in (error.user_message or "")


def _tell_closed(error: ProviderError) -> None:
    """Raise ProviderClosedError if a payment was refused because the account takes none.

    Stripe refuses those in several words; the account itself says it in one.
    """
    if not isinstance(error.__cause__, (stripe.InvalidRequestError, stripe.PermissionError)):
        return
    with asking():
        account = client().v1.accounts.retrieve_current()
    if not account.charges_enabled:
        raise ProviderClosedError("Stripe takes no payments for this store.") from error


PROVIDER: Provider = Stripe()
