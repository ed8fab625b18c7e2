"""Receipts of single sales, their QR code, and checking any receipt against the store's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import qrcode  # type: ignore[import-untyped]
import qrcode.image.svg  # type: ignore[import-untyped]
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods

from pennywhistle.apps.orders.history import SaleReceipt, sale_receipt
from pennywhistle.apps.proof.log import KeysMissingError, the_log
from pennywhistle.apps.proof.policies import believed_policy
from pennywhistle.apps.proof.queries import Seal
from pennywhistle.engines.tlog.checks import amount_text
from pennywhistle.engines.tlog.note import NoteInvalidError, VerifierKey
from pennywhistle.engines.tlog.policy import format_policy
from pennywhistle.engines.tlog.receipt import ReceiptInvalidError, receipt_size_bytes_max
from pennywhistle.engines.tlog.verify import Verdict, verify_receipt
from pennywhistle.interfaces.common.format import (
    country_name,
    date_text,
    exact_text,
    price_text,
)
from pennywhistle.interfaces.common.purse_names import purse_name
from pennywhistle.interfaces.common.split_bar import role_text
from pennywhistle.interfaces.shop.addresses import served
from pennywhistle.interfaces.shop.till import RULE, Row, Till
from pennywhistle.interfaces.shop.verdict_words import verdict_words
from pennywhistle.interfaces.shop.visitor import buyer_of, is_partial
from pennywhistle.kernel.money import Money, MoneyError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.http import HttpRequest

    from pennywhistle.engines.tlog.checks import Check
    from pennywhistle.engines.tlog.note import Verifier
    from pennywhistle.engines.tlog.policy import Policy


# The blank paper that the browser's verifier fills in: one line of each kind.
_SAMPLE = Till(
    "",
    tuple(
        Row("", kind=kind, note=" ")
        for kind in ("line", "sub", "check-pass", "check-fail", "check-open")
    ),
    reference="-",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Believed:
    """The keys that a receipt is checked by, and the policy of the log that they sign."""

    keys: Sequence[Verifier]
    policy: Policy | None

    def narrowed(self, key: Verifier) -> _Believed:
        """One key only; this store's witnesses do not watch the log of a key from elsewhere."""
        return _Believed([key], self.policy if key in self.keys else None)

    def judge(self, data: bytes, *, now: datetime) -> Verdict:
        """Raises ReceiptInvalidError."""
        return verify_receipt(
            data, keys=self.keys, policy=self.policy, now_us=_micro(now), is_patient=True
        )


@require_GET
def receipt(request: HttpRequest, sale_id: UUID) -> HttpResponse:
    """One sale: what was paid, who got how much of it, and how far its proof has come."""
    found = sale_receipt(user=buyer_of(request), sale_id=sale_id)
    if found is None:
        raise Http404
    context = {
        "receipt": found,
        "till": _till(found),
        "here": reverse("receipt", args=[sale_id]),
        "is_final": found.item.seal is Seal.PAGED,
        "is_sealed": found.item.seal is not Seal.RECORDED,
        "proof_url": served("delivery:receipt", sale_id),
        "promise_url": served("delivery:promise", sale_id),
        "qr_url": reverse("receipt-qr", args=[sale_id]),
        "order_url": reverse("order", args=[found.order_id]),
    }
    name = "shop/_receipt_till.html" if is_partial(request) else "shop/receipt.html"
    return render(request, name, context)


@require_GET
def receipt_qr(request: HttpRequest, sale_id: UUID) -> HttpResponse:
    """The receipt's address as a QR code, to take it from paper to a phone."""
    if sale_receipt(user=buyer_of(request), sale_id=sale_id) is None:
        raise Http404
    address = request.build_absolute_uri(reverse("receipt", args=[sale_id]))
    picture = BytesIO()
    qrcode.make(address, image_factory=qrcode.image.svg.SvgPathFillImage).save(picture)
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")


@require_http_methods(["GET", "POST"])
@login_not_required
def verify(request: HttpRequest) -> HttpResponse:
    """Check a receipt: whoever has one may ask, and learns line by line what it proves."""
    context: dict[str, object] = {}
    try:
        log = the_log()
    except KeysMissingError:
        context["problem"] = gettext("This store has no log key yet, so it cannot check anything.")
        return render(request, "shop/verify.html", context, status=503)
    context |= {"vkey": log.verifier.to_text(), "words": verdict_words(), "sample": _SAMPLE}
    policy = believed_policy(log)
    # Older receipts are signed by keys that retired since; ML-DSA's are too long for a command.
    short = [each.to_text() for each in policy.log_keys if isinstance(each, VerifierKey)]
    keys = "".join(f" --key '{each}'" for each in short)
    context["command"] = f"pennywhistle verify RECEIPT.tlog-proof{keys}"
    context["log_url"] = f"{settings.ORIGIN}/log"
    context |= {"has_witnesses": bool(policy.witnesses), "policy": format_policy(policy)}
    if request.method == "GET":
        return render(request, "shop/verify.html", context)
    given_vkey = request.POST.get("vkey", "").strip()
    believed = _Believed(policy.log_keys, policy)
    if given_vkey:
        context["given_vkey"] = given_vkey
        try:
            believed = believed.narrowed(VerifierKey.parse(given_vkey))
        except NoteInvalidError as error:
            problem = gettext("The key cannot be read. It is written name+hash+base64.")
            context |= {"problem": problem, "detail": str(error)}
            return render(request, "shop/verify.html", context, status=400)
    given = request.FILES.get("receipt")
    if given is None or given.size is None or given.size > receipt_size_bytes_max:
        context["problem"] = gettext(
            "Choose a receipt: a file of at most 1 MB, ending in .tlog-proof."
        )
        return render(request, "shop/verify.html", context, status=400)
    try:
        verdict = believed.judge(given.read(), now=timezone.now())
    except ReceiptInvalidError as error:
        context |= {"problem": gettext("This is not a receipt."), "detail": str(error)}
        return render(request, "shop/verify.html", context, status=400)
    context |= {"till": _verdict_till(verdict), "passed": verdict.passed}
    return render(request, "shop/verify.html", context)


def _till(found: SaleReceipt) -> Till:
    item = found.item
    price = -item.price if found.is_refund else item.price
    rows = [
        Row(item.title, price_text(price), note=item.artist_line),
        RULE,
        *(
            Row(
                part.name or purse_name(part.kind, part.code),
                exact_text(part.amount),
                note=_payee_note(part.account_number, part.role),
                kind="line",
            )
            for part in found.credited
        ),
        Row(
            gettext("You got back") if found.is_refund else gettext("You paid"),
            exact_text(item.price),
            kind="total",
        ),
    ]
    return Till(
        gettext("Receipt of a refund") if found.is_refund else gettext("Receipt"),
        tuple(rows),
        meta=(
            date_text(found.occurred_at),
            country_name(found.territory),
            gettext("Your account: %(number)s") % {"number": found.account_number},
        ),
        stamp="recorded" if item.seal is Seal.RECORDED else "sealed",
        notes=(_seal_note(item.seal),),
        reference=str(found.entry_id),
    )


def _payee_note(account: int, role: str) -> str:
    number = gettext("account %(number)s") % {"number": account}
    words = "" if role == "Store" else role_text(role)
    return f"{words}, {number}" if words else number


def _seal_note(seal: Seal) -> str:
    return {
        Seal.RECORDED: gettext("Recorded. The public log takes it within seconds."),
        Seal.SEALED: gettext("In the signed log. The next page will show that each payee got it."),
        Seal.PAGED: gettext("In the signed log, and on the page of each payee."),
    }[seal]


def _verdict_till(verdict: Verdict) -> Till:
    """What was checked, as the paper that it stands for."""
    till = verdict.till
    bought = [
        Row(item.title or item.item, _amount(item.price_micro, item.currency), note=item.artist)
        for item in till.items
    ]
    paid = [
        Row(
            party.name or gettext("account %(number)s") % {"number": party.account},
            _amount(party.amount_micro, party.currency),
            kind="sub",
        )
        for party in till.parties
        if party.account != till.buyer
    ]
    stamp = "refused"
    if verdict.passed:
        stamp = "sealed"
    return Till(
        gettext("Verdict"),
        (*bought, *paid, RULE, *(_check_row(check) for check in verdict.checks)),
        subtitle=till.origin,
        meta=(_day(till.occurred_at_us), country_name(till.territory)),
        stamp=stamp,
        notes=(
            gettext("Checked by the store itself."),
            gettext("Names and titles are shown as the store worded them; amounts are proven."),
        ),
        reference=till.entry_id.hex(),
    )


def _check_row(check: Check) -> Row:
    kind = {True: "check-pass", False: "check-fail", None: "check-open"}[check.passed]
    return Row(check.title, kind=kind, note=check.sentence)


def _amount(micro: int, currency: str) -> str:
    """An amount of a stranger's file, which may be in no currency and of any size."""
    try:
        return exact_text(Money(micro, currency))
    except MoneyError:
        return amount_text(micro, currency)


def _day(instant_us: int) -> str:
    """The day of a stranger's file; what no calendar reaches is told as it stands."""
    try:
        return date_text(_EPOCH + timedelta(microseconds=instant_us))
    except OverflowError:
        return str(instant_us)


def _micro(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)
