"""What Stripe can beyond the port's verbs: disputes, warnings, the balance, and paying out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import stripe

from pennywhistle.apps.payments.abilities import (
    Dispute,
    DisputeState,
    Evidence,
    FraudWarning,
    Funds,
    Movement,
    PayoutSent,
)
from pennywhistle.apps.payments.provider import AnswerRefusedError, PayoutRefusedError
from pennywhistle.kernel.money import Money
from pennywhistle.providers.stripe import reading
from pennywhistle.providers.stripe.asking import asking, client
from pennywhistle.providers.stripe.evidence import evidence_fields
from pennywhistle.providers.stripe.units import coins_of

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.providers.stripe.reading import Said

page_size = 100


class Keeping:
    """The abilities of `apps.payments.abilities`, answered by Stripe."""

    __slots__ = ()

    def disputes(self, *, since: datetime) -> list[Dispute]:
        """Those that were opened since then, oldest first."""
        with asking():
            found = client().v1.disputes.list(
                {"created": {"gte": _seconds(since)}, "limit": page_size}
            )
            newest_first = [each.to_dict() for each in found.auto_paging_iter()]
            return [_dispute(each) for each in reversed(newest_first)]

    def fetch_dispute(self, *, ref: str) -> Dispute:
        """How a dispute stands."""
        with asking():
            return _dispute(client().v1.disputes.retrieve(ref).to_dict())

    def answer_dispute(self, *, ref: str, evidence: Evidence, key: str) -> Dispute:
        """Send the evidence, for good; what was sent before stays."""
        with asking():
            said = client().v1.disputes.retrieve(ref).to_dict()
            known = _dispute(said)
            if known.state is not DisputeState.OPEN:
                if said["evidence_details"]["submission_count"]:
                    return known
                raise AnswerRefusedError(f"{ref} takes no evidence any more.")
            try:
                answered = client().v1.disputes.update(
                    ref,
                    {"evidence": evidence_fields(evidence, key=key), "submit": True},
                    {"idempotency_key": f"answer-{key}"},
                )
            except stripe.InvalidRequestError as error:
                raise AnswerRefusedError(f"Stripe: {error.user_message}") from error
            return _dispute(answered.to_dict())

    def warnings(self, *, since: datetime) -> list[FraudWarning]:
        """Those that were told since then, oldest first."""
        with asking():
            found = client().v1.radar.early_fraud_warnings.list(
                {"created": {"gte": _seconds(since)}, "limit": page_size}
            )
            newest_first = [each.to_dict() for each in found.auto_paging_iter()]
            return [_warning(each) for each in reversed(newest_first)]

    def movements(self, *, since: datetime) -> list[Movement]:
        """All that moved on the balance since then, oldest first."""
        with asking():
            found = client().v1.balance_transactions.list(
                {
                    "created": {"gte": _seconds(since)},
                    "limit": page_size,
                    "expand": ["data.source"],
                }
            )
            newest_first = [each.to_dict() for each in found.auto_paging_iter()]
            return [
                reading.movement_of(each, reference=_source_name(each))
                for each in reversed(newest_first)
            ]

    def funds(self, *, currency: str) -> Funds:
        """What could be paid out now, what is coming, and what Stripe keeps."""
        with asking():
            said = client().v1.balance.retrieve().to_dict()
            account = client().v1.accounts.retrieve_current()
            available = reading.total(said["available"], currency)
            coming = reading.total(said["pending"], currency)
            nothing = Money.zero(currency)
            if not account.payouts_enabled:
                return Funds(available=nothing, coming=coming, frozen=available)
            return Funds(available=available, coming=coming, frozen=nothing)

    def pay_out(self, *, key: str, amount: Money, account: str) -> PayoutSent:
        """Transfer money to a connected account (`acct_…`), or pay it to the store's own bank.

        Looked for by our own name of it first, since Stripe forgets keys after a day.
        """
        if account and not self.takes_account(account=account):
            # Payees read this: it does not repeat the account.
            raise PayoutRefusedError("This is no account that is connected to Stripe.")
        coins, currency = coins_of(amount), amount.currency.lower()
        with asking():
            if not account:
                return reading.payout_sent(_paid_to_bank(coins, currency, key))
            known = client().v1.transfers.list({"transfer_group": key, "limit": page_size})
            for each in known.data:
                return reading.transfer_sent(each.to_dict())
            made = client().v1.transfers.create(
                {
                    "amount": coins,
                    "currency": currency,
                    "destination": account,
                    "transfer_group": key,
                    "metadata": {"key": key},
                },
                {"idempotency_key": f"payout-{key}"},
            )
            return reading.transfer_sent(made.to_dict())

    def takes_account(self, *, account: str) -> bool:
        """Only those that are connected to the store's account."""
        return account.startswith("acct_")

    def fetch_payout(self, *, ref: str) -> PayoutSent:
        """How a transfer or a payout stands."""
        with asking():
            if ref.startswith("tr_"):
                return reading.transfer_sent(client().v1.transfers.retrieve(ref).to_dict())
            return reading.payout_sent(client().v1.payouts.retrieve(ref).to_dict())


def _paid_to_bank(coins: int, currency: str, key: str) -> Said:
    """A payout of this name among the newest hundred, or a new one."""
    for each in client().v1.payouts.list({"limit": page_size}).data:
        if reading.own_name(each.to_dict()) == key:
            return each.to_dict()
    made = client().v1.payouts.create(
        {"amount": coins, "currency": currency, "metadata": {"key": key}},
        {"idempotency_key": f"payout-{key}"},
    )
    return made.to_dict()


def _dispute(said: Said) -> Dispute:
    intent = said.get("payment_intent") or ""
    ref, reference = _payment_names(intent) if intent else ("", "")
    return reading.dispute_of(said, provider_ref=ref, reference=reference)


def _warning(said: Said) -> FraudWarning:
    intent = said.get("payment_intent") or ""
    ref, reference = _payment_names(intent) if intent else ("", "")
    return FraudWarning(
        ref=said["id"],
        provider_ref=ref,
        reference=reference,
        told_at=reading.instant(said["created"]),
        is_actionable=bool(said["actionable"]),
    )


def _payment_names(intent: str) -> tuple[str, str]:
    """Stripe's and the store's names of the payment that made a PaymentIntent."""
    found = client().v1.checkout.sessions.list({"payment_intent": intent, "limit": 1}).data
    return (found[0].id, found[0].client_reference_id or "") if found else ("", "")


def _source_name(moved: Said) -> str:
    """The store's own name of what moved; a dispute's is its payment's."""
    source = moved.get("source")
    if isinstance(source, dict) and source.get("object") == "dispute":
        return _payment_names(source["payment_intent"])[1] if source.get("payment_intent") else ""
    return reading.own_name(source)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
