"""Files that leave the store: previews, tracks, covers, receipts, and the public log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponseForbidden
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pennywhistle.apps.delivery.kept import in_memory
from pennywhistle.apps.delivery.links import LinkRefusedError, read_link
from pennywhistle.apps.delivery.queries import (
    TrackFile,
    owned_item,
    owned_track,
    published_recording,
    track_files,
    tracks_owned,
    wishes_of,
)
from pennywhistle.apps.delivery.receipts import (
    PROMISE_MIME_TYPE,
    RECEIPT_MIME_TYPE,
    own_sale,
    promise_of,
    receipt_of,
)
from pennywhistle.apps.delivery.work import cover_file, preview_for, rendition_for
from pennywhistle.apps.media.queries import COVER_MIME_TYPES
from pennywhistle.apps.proof.log import log_folder
from pennywhistle.apps.proof.work import CHECKPOINT
from pennywhistle.apps.users.models import User
from pennywhistle.engines.audio import Recipe, UnknownRecipeError
from pennywhistle.engines.tlog.tiles import TileInvalidError, parse_path
from pennywhistle.interfaces.common.delays import tells_delays
from pennywhistle.interfaces.common.handing import hand_over
from pennywhistle.interfaces.common.ranged import Sent, ranged_response
from pennywhistle.interfaces.shop.leaving import note_leaving
from pennywhistle.kernel.file_name import safe_file_name
from pennywhistle.machine.storage import StoredFileMissingError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from pennywhistle.apps.orders.models import OrderLine

# What an owner's player gets: constant in rate, so that it can seek while the file is made.
STREAM_RECIPE = "mp3-320"
MINE = "private, no-store"
EVERYBODYS = "public, max-age=86400"
FOR_EVER = "public, max-age=31536000, immutable"
# It changes every second: whoever keeps it asks again each time, by its ETag.
CHECKPOINT_FRESH = "public, no-cache"
# Anybody's page may check the log.
FOR_ALL_PAGES = {"Access-Control-Allow-Origin": "*"}
SEALED_AGAIN_S = 3


@login_not_required
@require_safe
@tells_delays
def preview(request: HttpRequest, track_public_id: str) -> HttpResponseBase:
    """Thirty seconds of a published track, for everybody."""
    recording_id = published_recording(track_public_id=track_public_id, now=now())
    if recording_id is None:
        raise Http404
    kept = preview_for(recording_id=recording_id, now=now())
    if kept is None:
        raise Http404
    return hand_over(request, kept, Sent("audio/mpeg", EVERYBODYS))


@require_safe
@tells_delays
def stream(request: HttpRequest, track_public_id: str) -> HttpResponseBase:
    """A whole track, for the player of somebody who owns it."""
    track = owned_track(user=_person(request), track_public_id=track_public_id)
    files = track_files([track], recipe=_recipe(STREAM_RECIPE)) if track else []
    if not files:
        raise Http404
    return _send(request, files[0], _person(request), is_saved=False)


@require_safe
@tells_delays
def download(request: HttpRequest, entitlement_id: int, recipe: str) -> HttpResponseBase:
    """A track in the form that its owner wants; of an album, the track that `track` names."""
    track = request.GET.get("track")
    return _download(request, _person(request), entitlement_id, recipe, track=track)


@login_not_required
@require_safe
@tells_delays
def by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """The same for a program that is not signed in but was given a link, for some hours."""
    try:
        link = read_link(token, now=now())
    except LinkRefusedError:
        return HttpResponseForbidden(_("This link has expired, or was not made by the store."))
    if request.user.is_authenticated and request.user != link.user:
        raise Http404
    response = _download(
        request, link.user, link.entitlement_id, link.recipe, track=link.track or None
    )
    response["Referrer-Policy"] = "no-referrer"
    return response


def _download(
    request: HttpRequest, user: User, entitlement_id: int, recipe: str, *, track: str | None
) -> HttpResponseBase:
    owned = owned_item(user=user, entitlement_id=entitlement_id)
    form = _recipe(recipe)
    if owned is None:
        raise Http404
    tracks = tracks_owned(owned)
    if track is None and owned.track_id is None:
        return redirect("delivery:archive", entitlement_id, recipe)
    wanted = [each for each in tracks if track is None or each.public_id == track]
    wishes = wishes_of(user_id=user.pk)
    files = track_files(wanted, recipe=form, wishes=wishes)
    if not files:
        raise Http404
    return _send(request, files[0], user, is_saved=True)


@login_not_required
@require_safe
@tells_delays
def cover(request: HttpRequest, sha256: str, extension: str) -> HttpResponseBase:
    """A size of a cover, under its hash: it never changes."""
    kept = cover_file(sha256=sha256, extension=extension)
    if kept is None:
        raise Http404
    return hand_over(request, kept, Sent(COVER_MIME_TYPES[extension], FOR_EVER))


@require_safe
def receipt(request: HttpRequest, entry_id: UUID) -> HttpResponseBase:
    """A sale's receipt, for its buyer; 503 for the moments until it is sealed."""
    line = own_sale(user=_person(request), entry_id=entry_id)
    if line is None:
        raise Http404
    made = receipt_of(line, entry_id=entry_id)
    if made is None:
        promise = reverse("delivery:promise", args=[entry_id])
        context = {"promise_url": promise}
        pending = render(request, "delivery/receipt_pending.html", context, status=503)
        pending["Retry-After"] = str(SEALED_AGAIN_S)
        pending["Cache-Control"] = MINE
        return pending
    sent = Sent(RECEIPT_MIME_TYPE, MINE, f"{_called(line, entry_id)}.tlog-proof")
    return ranged_response(request, in_memory(made), sent)


@require_safe
def promise(request: HttpRequest, entry_id: UUID) -> HttpResponseBase:
    """The store's signed promise that the log will hold a sale, for its buyer; at any time."""
    line = own_sale(user=_person(request), entry_id=entry_id)
    if line is None:
        raise Http404
    made = promise_of(line, entry_id=entry_id)
    if made is None:
        return render(request, "delivery/receipt_pending.html", status=503)
    sent = Sent(PROMISE_MIME_TYPE, MINE, f"{_called(line, entry_id)}.tlog-promise")
    return ranged_response(request, in_memory(made), sent)


def _called(line: OrderLine, entry_id: UUID) -> str:
    kind = "receipt" if entry_id == line.pk else "refund"
    return f"{safe_file_name(str(line), length_max=80)} {kind}"


@login_not_required
@require_safe
def log_file(request: HttpRequest, path: str) -> HttpResponseBase:
    """The public log as C2SP tlog-tiles serves it: a checkpoint, tiles and entry bundles."""
    sent = Sent("text/plain; charset=utf-8", CHECKPOINT_FRESH, headers=FOR_ALL_PAGES)
    if path != CHECKPOINT:
        try:
            parse_path(path)
        except TileInvalidError as error:
            raise Http404 from error
        # Partial tiles never change either: a wider one has another path.
        sent = Sent("application/octet-stream", FOR_EVER, headers=FOR_ALL_PAGES)
    try:
        content = log_folder().read(path)
    except StoredFileMissingError as error:
        raise Http404 from error
    return ranged_response(request, in_memory(content), sent)


def _send(request: HttpRequest, file: TrackFile, user: User, *, is_saved: bool) -> HttpResponseBase:
    sent = Sent(file.wanted.recipe.mime_type, MINE, file.name if is_saved else "")
    source = rendition_for(wanted=file.wanted, now=now(), person=user.pk)
    note_leaving(request, user=user, track_ids=[file.track.pk])
    return hand_over(request, source, sent, person=user.pk)


def _recipe(name: str) -> Recipe:
    try:
        return Recipe.parse(name)
    except UnknownRecipeError as error:
        raise Http404 from error


def _person(request: HttpRequest) -> User:
    """The one who is signed in; SignInUnlessOpen lets nobody else in here."""
    assert isinstance(request.user, User)
    return request.user
