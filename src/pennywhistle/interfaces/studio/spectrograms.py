"""The studio's spectrograms: of the supplier's own files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.views.decorators.http import require_safe

from pennywhistle.apps.intake.queries import is_delivered_for
from pennywhistle.interfaces.common.spectrogram import TO_ONE_PERSON, spectrogram_response
from pennywhistle.interfaces.studio.person import members_only, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@require_safe
@members_only
def spectrogram(request: HttpRequest, sha256: str) -> HttpResponseBase:
    """Of a file that the person's party delivered, or of a master of its releases."""
    if not is_delivered_for(user=person_of(request), sha256=sha256):
        raise Http404
    return spectrogram_response(request, sha256=sha256, cache_control=TO_ONE_PERSON)
