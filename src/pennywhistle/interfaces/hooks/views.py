"""Webhooks: open to the world, believed by nobody; the store asks the provider itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.utils.timezone import now
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pennywhistle.apps.payments import actions
from pennywhistle.apps.payments.provider import NoticeRefusedError, ProviderError
from pennywhistle.apps.payments.providers import ProviderUnknownError

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger(__name__)

body_bytes_max = 65_536


@csrf_exempt
@login_not_required
@require_POST
def take_notice(request: HttpRequest, provider_code: str) -> HttpResponse:
    """Take a notice; the answer tells a stranger nothing, and a provider whether to send again."""
    if _says_too_much(request):
        return HttpResponse(status=413)
    return HttpResponse(status=_status(request, provider_code))


def _status(request: HttpRequest, provider_code: str) -> int:
    try:
        actions.take_notice(
            provider_code=provider_code, body=request.body, headers=request.headers, now=now()
        )
    except ProviderUnknownError:
        return 404
    except NoticeRefusedError as error:
        logger.warning("A webhook of %s was refused: %s", provider_code, error)
        return 400
    except ProviderError as error:
        # It shall send again: the provider could not be asked now.
        logger.warning("A webhook of %s waits: %s", provider_code, error)
        return 503
    except actions.TopUpError as error:
        # Sending again would not change it; somebody has to look.
        logger.error("A webhook of %s changed nothing: %s", provider_code, error)  # noqa: TRY400 (a known case, told in one line)
    return 204


def _says_too_much(request: HttpRequest) -> bool:
    """Whether the body is too large, judged before it is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdigit() or int(length) > body_bytes_max
