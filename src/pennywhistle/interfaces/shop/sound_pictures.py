"""What a track on the shelves looks like: its spectrogram, and its waveform for any player."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, JsonResponse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from pennywhistle.apps.delivery.queries import published_recording
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.media.queries import waveform_data
from pennywhistle.interfaces.common.spectrogram import TO_EVERYBODY, spectrogram_response

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@login_not_required
@require_safe
def spectrogram(request: HttpRequest, track_public_id: str) -> HttpResponseBase:
    """Of a published track, for everybody: what "lossless, checked" rests on."""
    return spectrogram_response(
        request, sha256=_master(track_public_id).sha256, cache_control=TO_EVERYBODY
    )


@login_not_required
@require_safe
def waveform(request: HttpRequest, track_public_id: str) -> HttpResponseBase:
    """Of a published track: the peaks as BBC's audiowaveform writes them, which players read."""
    del request
    response = JsonResponse(waveform_data(_master(track_public_id)))
    response["Cache-Control"] = TO_EVERYBODY
    return response


def _master(track_public_id: str) -> Master:
    recording_id = published_recording(track_public_id=track_public_id, now=now())
    master = Master.objects.filter(recording_id=recording_id).first() if recording_id else None
    if master is None:
        raise Http404
    return master
