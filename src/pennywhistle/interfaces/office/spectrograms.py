"""The office's spectrograms: of everything that was delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.views.decorators.http import require_safe

from pennywhistle.apps.intake.queries import is_delivered
from pennywhistle.interfaces.common.spectrogram import TO_ONE_PERSON, spectrogram_response
from pennywhistle.interfaces.office.staff import staff_only

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@staff_only
@require_safe
def spectrogram(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Of a delivered file or a master, by its content."""
    if not is_delivered(sha256=sha256):
        raise Http404
    return spectrogram_response(request, sha256=sha256, cache_control=TO_ONE_PERSON)
