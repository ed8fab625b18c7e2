"""Files that leave the store: previews, tracks, archives, covers, receipts, and the public log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from pennywhistle.apps.delivery.errors import MakingFailedError
from pennywhistle.apps.delivery.queries import (
    TrackFile,
    owned_item,
    owned_track,
    published_recording,
    track_files,
    tracks_owned,
)
from pennywhistle.apps.delivery.work import preview_for, rendition_for
from pennywhistle.apps.media.work import FileRefusedError
from pennywhistle.apps.users.models import User
from pennywhistle.engines.audio import Recipe, UnknownRecipeError
from pennywhistle.interfaces.common.ranged import Sent, ranged_response
from pennywhistle.machine.sandbox import SandboxError

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

# What an owner's player gets: constant in rate, so that it can seek while the file is made.
STREAM_RECIPE = "mp3-320"
MINE = "private, no-store"
EVERYBODYS = "public, max-age=86400"
FOR_EVER = "public, max-age=31536000, immutable"


@login_not_required
@require_safe
def preview(request: HttpRequest, track_public_id: str) -> HttpResponseBase:
    """Thirty seconds of a published track, for everybody."""
    recording_id = published_recording(track_public_id=track_public_id, now=now())
    if recording_id is None:
        raise Http404
    try:
        kept = preview_for(recording_id=recording_id, now=now())
    except (SandboxError, FileRefusedError):
        return _not_made(request)
    if kept is None:
        raise Http404
    return ranged_response(request, kept, Sent("audio/mpeg", EVERYBODYS))


@require_safe
def stream(request: HttpRequest, track_public_id: str) -> HttpResponseBase:
    """A whole track, for the player of somebody who owns it."""
    track = owned_track(user=_person(request), track_public_id=track_public_id)
    files = track_files([track], recipe=_recipe(STREAM_RECIPE)) if track else []
    if not files:
        raise Http404
    return _send(request, files[0], is_saved=False)


@require_safe
def download(request: HttpRequest, entitlement_id: int, recipe: str) -> HttpResponseBase:
    """A track in the form that its owner wants; of an album, the track that `track` names."""
    owned = owned_item(user=_person(request), entitlement_id=entitlement_id)
    form = _recipe(recipe)
    if owned is None:
        raise Http404
    tracks = tracks_owned(owned)
    named = request.GET.get("track")
    if named is None and owned.track_id is None:
        return redirect("delivery:archive", entitlement_id, recipe)
    wanted = [track for track in tracks if named is None or track.public_id == named]
    files = track_files(wanted, recipe=form)
    if not files:
        raise Http404
    return _send(request, files[0], is_saved=True)


def _send(request: HttpRequest, file: TrackFile, *, is_saved: bool) -> HttpResponseBase:
    sent = Sent(file.wanted.recipe.mime_type, MINE, file.name if is_saved else "")
    try:
        return ranged_response(request, rendition_for(wanted=file.wanted, now=now()), sent)
    except MakingFailedError:
        return _not_made(request)


def _not_made(request: HttpRequest) -> HttpResponse:
    response = render(request, "delivery/not_made.html", status=500)
    response["Cache-Control"] = MINE
    return response


def _recipe(name: str) -> Recipe:
    try:
        return Recipe.parse(name)
    except UnknownRecipeError as error:
        raise Http404 from error


def _person(request: HttpRequest) -> User:
    """The one who is signed in; LoginRequiredMiddleware lets nobody else in here."""
    assert isinstance(request.user, User)
    return request.user
