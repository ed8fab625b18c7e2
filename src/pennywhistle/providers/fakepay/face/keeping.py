"""Disputes, warnings, the balance, transfers and the account, asked for in Stripe's way."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

from pennywhistle.apps.payments.abilities import Movement, MovementKind
from pennywhistle.apps.payments.provider import AnswerRefusedError, ProviderClosedError
from pennywhistle.providers.fakepay import account, cases, desk
from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.errors import PaymentUnknownError
from pennywhistle.providers.fakepay.face.paying import closed, page_of
from pennywhistle.providers.fakepay.models import (
    FakeDispute,
    FakeKnobs,
    FakePayment,
    FakePayout,
    FakeRefund,
    FakeWarning,
)
from pennywhistle.providers.fakepay.shape import objects
from pennywhistle.providers.fakepay.shape.names import coins, money, ours
from pennywhistle.providers.fakepay.shape.refusing import RefusedError, missing

if TYPE_CHECKING:
    from pennywhistle.providers.fakepay.face.asked import Asked
    from pennywhistle.providers.fakepay.shape.objects import Object

Kind = MovementKind


def list_disputes(asked: Asked) -> Object:
    """GET /v1/disputes, newest first."""
    asked.only("payment_intent", "charge", listed=True)
    rows = FakeDispute.objects.select_related("payment").filter(opened_at__gte=asked.since())
    found = [objects.dispute(each) for each in rows.order_by("-opened_at", "-ref")]
    return page_of(asked, found, url="/v1/disputes")


def get_dispute(asked: Asked, name: str) -> Object:
    """GET /v1/disputes/:id."""
    asked.only()
    return objects.dispute(_dispute(name))


def answer_dispute(asked: Asked, name: str) -> Object:
    """POST /v1/disputes/:id with evidence."""
    asked.only("evidence[*]", "submit", "metadata[*]")
    found = _dispute(name)
    if asked.params.get("submit") != "true":
        raise RefusedError("fakepay's face stages no evidence.", param="submit")
    evidence = {key: said for key, said in asked.params.items() if key.startswith("evidence[")}
    try:
        cases.answer_dispute(ref=found.ref, evidence=evidence, key=token_hex(8), now=now())
    except AnswerRefusedError as error:
        raise RefusedError(str(error)) from error
    return objects.dispute(_dispute(name))


def list_warnings(asked: Asked) -> Object:
    """GET /v1/radar/early_fraud_warnings, newest first."""
    asked.only("payment_intent", "charge", listed=True)
    rows = FakeWarning.objects.select_related("payment").filter(told_at__gte=asked.since())
    found = [objects.warning(each) for each in rows.order_by("-told_at", "-ref")]
    return page_of(asked, found, url="/v1/radar/early_fraud_warnings")


def list_transactions(asked: Asked) -> Object:
    """GET /v1/balance_transactions, newest first."""
    asked.only(listed=True)
    moved = account.movements(now=now(), since=asked.since())[::-1]
    is_expanded = "data.source" in asked.expand
    found = [
        objects.balance_transaction(each, source=_source(each) if is_expanded else None)
        for each in moved
    ]
    return page_of(asked, found, url="/v1/balance_transactions")


def get_balance(asked: Asked) -> Object:
    """GET /v1/balance: frozen money is there all the same, as at Stripe."""
    asked.only()
    codes = sorted(set(FakePayment.objects.values_list("currency", flat=True)))
    all_funds = [account.funds(currency=code, now=now()) for code in codes]
    return {
        "object": "balance",
        "livemode": False,
        "available": [
            {
                "amount": coins(each.available + each.frozen),
                "currency": each.frozen.currency.lower(),
            }
            for each in all_funds
        ],
        "pending": [
            {"amount": coins(each.coming), "currency": each.coming.currency.lower()}
            for each in all_funds
        ],
    }


def get_account(asked: Asked) -> Object:
    """GET /v1/account."""
    asked.only()
    is_frozen = FakeKnobs.now_set().frozen_at is not None
    return {
        "id": "acct_fakepay",
        "object": "account",
        "charges_enabled": not is_frozen,
        "payouts_enabled": not is_frozen,
        "details_submitted": True,
        "default_currency": "usd",
        "country": "US",
        "requirements": {
            "currently_due": [],
            "disabled_reason": "rejected.other" if is_frozen else None,
        },
    }


def create_transfer(asked: Asked) -> Object:
    """POST /v1/transfers to a connected account."""
    asked.only("amount", "currency", "destination", "transfer_group", "metadata[*]")
    key = asked.need("metadata[key]")
    is_used = FakePayout.objects.filter(key=key).exists()
    try:
        made = desk.pay_out(
            key=f"{key}#{token_hex(4)}" if is_used else key,
            amount=money(asked.need("amount"), asked.need("currency")),
            account=_connected(asked.need("destination")),
            now=now(),
        )
    except ProviderClosedError as error:
        raise closed() from error
    return objects.transfer(made)


def list_transfers(asked: Asked) -> Object:
    """GET /v1/transfers of one group, newest first."""
    asked.only("transfer_group", "destination", listed=True)
    group = asked.need("transfer_group")
    rows = FakePayout.objects.exclude(account="").order_by("-created_at", "-ref")
    found = [objects.transfer(each) for each in rows]
    mine = [each for each in found if each["transfer_group"] == group]
    return page_of(asked, mine, url="/v1/transfers")


def get_transfer(asked: Asked, name: str) -> Object:
    """GET /v1/transfers/:id."""
    asked.only()
    made = FakePayout.objects.filter(ref=ours("tr", name)).exclude(account="").first()
    if made is None:
        raise missing("transfer", name)
    return objects.transfer(made)


def create_payout(asked: Asked) -> Object:
    """POST /v1/payouts to the store's own bank."""
    asked.only("amount", "currency", "metadata[*]")
    key = asked.need("metadata[key]")
    is_used = FakePayout.objects.filter(key=key).exists()
    amount = money(asked.need("amount"), asked.need("currency"))
    if amount > account.holding(currency=amount.currency, now=now()):
        raise RefusedError(
            "You have insufficient funds in your account.", reason="balance_insufficient"
        )
    try:
        made = desk.pay_out(
            key=f"{key}#{token_hex(4)}" if is_used else key, amount=amount, account="", now=now()
        )
    except ProviderClosedError as error:
        raise closed() from error
    return objects.payout(made)


def list_payouts(asked: Asked) -> Object:
    """GET /v1/payouts, newest first."""
    asked.only(listed=True)
    rows = FakePayout.objects.filter(account="").order_by("-created_at", "-ref")
    return page_of(asked, [objects.payout(each) for each in rows], url="/v1/payouts")


def get_payout(asked: Asked, name: str) -> Object:
    """GET /v1/payouts/:id."""
    asked.only()
    made = FakePayout.objects.filter(ref=ours("po", name), account="").first()
    if made is None:
        raise missing("payout", name)
    return objects.payout(made)


def upload_file(asked: Asked) -> Object:
    """POST /v1/files: its content is not kept."""
    asked.only("purpose", "file")
    if asked.need("purpose") != "dispute_evidence":
        raise RefusedError("fakepay's face takes evidence only.", param="purpose")
    return {"id": f"file_{asked.digest[:24]}", "object": "file", "purpose": "dispute_evidence"}


def list_endpoints(asked: Asked) -> Object:
    """GET /v1/webhook_endpoints: the store that runs this face hears of everything."""
    asked.only(listed=True)
    found = {
        "id": "we_fakepay",
        "object": "webhook_endpoint",
        "url": f"{asked.origin}/hooks/stripe/",
        "status": "enabled",
        "enabled_events": ["*"],
        "livemode": False,
    }
    return objects.listed([found], url="/v1/webhook_endpoints", has_more=False)


def _dispute(name: str) -> FakeDispute:
    try:
        return cases.look_up_dispute(ref=ours("du", name))
    except PaymentUnknownError as error:
        raise missing("dispute", name) from error


def _connected(account_id: str) -> str:
    if not account_id.startswith("acct_"):
        raise missing("destination", account_id)
    return account_id


def _source(moved: Movement) -> Object:
    ref = moved.source_ref
    if moved.kind is Kind.PAYMENT:
        return objects.charge(FakePayment.objects.get(ref=ref))
    if moved.kind in {Kind.REFUND, Kind.REFUND_FAILED}:
        return objects.refund(FakeRefund.objects.select_related("payment").get(ref=ref))
    if moved.kind in {Kind.DISPUTE, Kind.DISPUTE_WON, Kind.FEE}:
        return objects.dispute(cases.look_up_dispute(ref=ref))
    made = FakePayout.objects.get(ref=ref)
    return objects.transfer(made) if made.account else objects.payout(made)
