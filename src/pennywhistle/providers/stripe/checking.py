"""Is the store's account at Stripe set up well? Looked at by `pennywhistle doctor`."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from pennywhistle.apps.payments.abilities import Finding, Level
from pennywhistle.apps.payments.provider import ProviderError
from pennywhistle.providers.stripe.asking import asking, client, is_live
from pennywhistle.providers.stripe.notices import EVENTS, age_s_max
from pennywhistle.providers.stripe.units import coin_micro

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

skew_s_max = age_s_max // 10


def findings(*, notify_url: str, currency: str, now: datetime) -> list[Finding]:
    """All that was found, the worst of each thing."""
    try:
        with asking():
            account = client().v1.accounts.retrieve_current()
            said, response = account.to_dict(), account.last_response
    except ProviderError as error:
        cure = "Compare PENNYWHISTLE_STRIPE_SECRET_KEY with the dashboard, and see whether this"
        cure += " machine reaches api.stripe.com."
        return [Finding("account", Level.WRONG, str(error), cure)]
    sent_at = (response.headers or {}).get("Date", "") if response else ""
    return [
        _mode(),
        *_account(said),
        _currency(said, currency),
        *_clock(sent_at, now),
        *_webhook(notify_url),
    ]


def _mode() -> Finding:
    if is_live():
        return Finding("key", Level.RIGHT, "The key is for real money.")
    return Finding("key", Level.DOUBTFUL, "The key is a test key: no real money moves.")


def _account(said: dict[str, Any]) -> Iterator[Finding]:
    requirements = said.get("requirements") or {}
    why = requirements.get("disabled_reason") or "no reason given"
    cure = "Open the account's status in Stripe's dashboard."
    if not said.get("charges_enabled"):
        yield Finding("account", Level.WRONG, f"It takes no payments: {why}.", cure)
    elif not said.get("payouts_enabled"):
        yield Finding("account", Level.WRONG, f"It keeps the store's money: {why}.", cure)
    elif due := requirements.get("currently_due"):
        yield Finding("account", Level.DOUBTFUL, f"Stripe wants to know: {', '.join(due)}.", cure)
    else:
        yield Finding("account", Level.RIGHT, f"{said['id']} takes payments and pays out.")


def _currency(said: dict[str, Any], currency: str) -> Finding:
    try:
        coin_micro(currency)
    except ProviderError as error:
        return Finding("currency", Level.WRONG, str(error), "Do not use Stripe in this currency.")
    own = str(said.get("default_currency") or "").upper()
    if own != currency:
        return Finding(
            "currency",
            Level.DOUBTFUL,
            f"The store keeps {currency} and the account {own}: unless it has a bank account in"
            f" {currency} as well, each payment is converted, and the balances differ.",
            f"Add a bank account in {currency} in Stripe's dashboard.",
        )
    return Finding("currency", Level.RIGHT, f"Store and account keep {currency}.")


def _clock(sent_at: str, now: datetime) -> Iterator[Finding]:
    try:
        off_s = int((now - parsedate_to_datetime(sent_at)).total_seconds())
    except (TypeError, ValueError):
        return
    if abs(off_s) > skew_s_max:
        said = f"This machine's clock is {off_s} s off Stripe's; webhooks older than {age_s_max} s"
        yield Finding("clock", Level.WRONG, f"{said} are refused.", "Set it, by NTP.")
    else:
        yield Finding("clock", Level.RIGHT, f"This machine's clock is {abs(off_s)} s off Stripe's.")


def _webhook(notify_url: str) -> Iterator[Finding]:
    try:
        with asking():
            found = client().v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter()
            mine = [each.to_dict() for each in found if each.url == notify_url]
    except ProviderError as error:
        said = f"Which webhooks are sent could not be asked: {error}"
        cure = "Let the key read webhook endpoints, or look in the dashboard."
        yield Finding("webhook", Level.DOUBTFUL, said, cure)
        return
    enabled = {
        event for each in mine if each["status"] == "enabled" for event in each["enabled_events"]
    }
    lacking = [] if "*" in enabled else [each for each in EVENTS if each not in enabled]
    if not enabled:
        said = f"No webhook is sent to {notify_url}. Payments are found out by asking, later."
        cure = "Add an endpoint of this address in Stripe's dashboard."
        yield Finding("webhook", Level.DOUBTFUL, said, cure)
    elif lacking:
        said = f"The webhook's endpoint is not told of {', '.join(lacking)}."
        yield Finding("webhook", Level.DOUBTFUL, said, "Subscribe it to these events.")
    else:
        yield Finding("webhook", Level.RIGHT, f"Webhooks are sent to {notify_url}.")
