"""Answers with a file's spectrogram; each interface says before who may see which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.timezone import now

from pennywhistle.apps.delivery.errors import DeliveryError, MakingFailedError
from pennywhistle.apps.delivery.spectrograms import (
    SPECTROGRAM_MIME_TYPE,
    spectrogram_of,
)
from pennywhistle.interfaces.common.handing import hand_over
from pennywhistle.interfaces.common.ranged import Sent

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

TO_EVERYBODY = "public, max-age=86400"
TO_ONE_PERSON = "private, max-age=3600"
_AGAIN_S = 5


def spectrogram_response(
    request: HttpRequest, *, sha256: str, cache_control: str
) -> HttpResponseBase:
    """The picture; 503 with Retry-After where it is not drawn yet, 500 where it cannot be."""
    try:
        kept = spectrogram_of(sha256=sha256, now=now())
    except MakingFailedError:
        return HttpResponse(status=500, headers={"Cache-Control": "no-store"})
    except DeliveryError:
        return HttpResponse(
            status=503, headers={"Retry-After": str(_AGAIN_S), "Cache-Control": "no-store"}
        )
    return hand_over(request, kept, Sent(SPECTROGRAM_MIME_TYPE, cache_control))
