"""Where the Stripe-shaped face is asked: keys, idempotency as Stripe has it, and one table."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pennywhistle.providers.fakepay.clock import now
from pennywhistle.providers.fakepay.face import keeping, paying
from pennywhistle.providers.fakepay.face.asked import Asked
from pennywhistle.providers.fakepay.models import FakeAnswer
from pennywhistle.providers.fakepay.shape.keys import api_key
from pennywhistle.providers.fakepay.shape.refusing import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from pennywhistle.providers.fakepay.shape.objects import Object

# "You can remove keys from the system automatically after they're at least 24 hours old": so does
# this one (docs.stripe.com/api/idempotent_requests).
keys_kept_hours = 24

_VERBS: list[tuple[str, str, Callable[..., Object]]] = [
    ("POST", r"v1/checkout/sessions", paying.create_session),
    ("GET", r"v1/checkout/sessions", paying.list_sessions),
    ("GET", r"v1/checkout/sessions/(\w+)", paying.get_session),
    ("GET", r"v1/payment_intents/(\w+)", paying.get_intent),
    ("GET", r"v1/charges", paying.list_charges),
    ("POST", r"v1/refunds", paying.create_refund),
    ("GET", r"v1/refunds", paying.list_refunds),
    ("GET", r"v1/refunds/(\w+)", paying.get_refund),
    ("GET", r"v1/disputes", keeping.list_disputes),
    ("GET", r"v1/disputes/(\w+)", keeping.get_dispute),
    ("POST", r"v1/disputes/(\w+)", keeping.answer_dispute),
    ("GET", r"v1/radar/early_fraud_warnings", keeping.list_warnings),
    ("GET", r"v1/balance_transactions", keeping.list_transactions),
    ("GET", r"v1/balance", keeping.get_balance),
    ("GET", r"v1/account", keeping.get_account),
    ("POST", r"v1/transfers", keeping.create_transfer),
    ("GET", r"v1/transfers", keeping.list_transfers),
    ("GET", r"v1/transfers/(\w+)", keeping.get_transfer),
    ("POST", r"v1/payouts", keeping.create_payout),
    ("GET", r"v1/payouts", keeping.list_payouts),
    ("GET", r"v1/payouts/(\w+)", keeping.get_payout),
    ("POST", r"v1/files", keeping.upload_file),
    ("GET", r"v1/webhook_endpoints", keeping.list_endpoints),
]


@csrf_exempt
@login_not_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, rest: str) -> JsonResponse:
    """Answer as Stripe would, to whoever has the key."""
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given, f"Bearer {api_key()}"):
        error = {"message": "Invalid API Key provided", "type": "invalid_request_error"}
        return JsonResponse({"error": error}, status=401)
    given_params = request.POST if request.method == "POST" else request.GET
    params = {name: str(value) for name, value in given_params.items()}
    params |= dict.fromkeys(request.FILES, "sent")
    origin = request.build_absolute_uri("/").rstrip("/")
    asked = Asked(request.method or "", rest, params, origin)
    status, body = _answered(asked, request.headers.get("Idempotency-Key", ""))
    return JsonResponse(body, status=status, headers={"Request-Id": f"req_{asked.digest[:16]}"})


def _answered(asked: Asked, key: str) -> tuple[int, Object]:
    if asked.method != "POST" or not key:
        return _done(asked)
    with transaction.atomic():
        FakeAnswer.objects.filter(created_at__lt=now() - timedelta(hours=keys_kept_hours)).delete()
        known = FakeAnswer.objects.filter(key=key).first()
        if known is None:
            status, body = _done(asked)
            FakeAnswer.objects.create(
                key=key, asked=asked.digest, status=status, body=body, created_at=now()
            )
            return status, body
    if known.asked != asked.digest:
        refused = RefusedError(
            "Keys for idempotent requests can only be used with the same parameters they were"
            f" first used with. Try using a key other than '{key}'.",
            kind="idempotency_error",
        )
        return refused.status, refused.body
    return known.status, known.body


def _done(asked: Asked) -> tuple[int, Object]:
    for method, path, verb in _VERBS:
        found = re.fullmatch(path, asked.path)
        if found and method == asked.method:
            try:
                with transaction.atomic():
                    return 200, verb(asked, *found.groups())
            except RefusedError as error:
                return error.status, error.body
    unknown = RefusedError(f"Unrecognized request URL ({asked.method}: /{asked.path}).", status=404)
    return unknown.status, unknown.body
