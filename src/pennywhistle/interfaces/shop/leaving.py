"""Downloads that begin: noted before a byte leaves; what must wait is said instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.utils.timezone import now

from pennywhistle.apps.delivery.extras import owned_extra
from pennywhistle.apps.delivery.queries import owned_track
from pennywhistle.apps.orders.actions.downloads import (
    NotOwnedError,
    begin_downloads,
    begin_extra,
    begin_whole,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import HttpRequest

    from pennywhistle.apps.delivery.folders import ShownFile
    from pennywhistle.apps.users.models import User


def note_leaving(request: HttpRequest, *, user: User, track_ids: Collection[int]) -> None:
    """Note that tracks leave for their owner; who only asks about a file gets nothing of it.

    Raises Http404 where one was refunded a moment ago, and DownloadWaitsError, which
    `common.delays` answers.
    """
    if request.method != "GET":
        return
    try:
        begin_downloads(user_id=user.pk, track_ids=track_ids, now=now())
    except NotOwnedError as error:
        raise Http404 from error


def note_archive_leaving(
    request: HttpRequest, *, user: User, entitlement_ids: Collection[int]
) -> None:
    """The same for a zip of what is owned under these entitlements."""
    if request.method != "GET":
        return
    try:
        begin_whole(user_id=user.pk, entitlement_ids=entitlement_ids, now=now())
    except NotOwnedError as error:
        raise Http404 from error


def note_extra_leaving(request: HttpRequest, *, user: User, release_id: int) -> None:
    """The same for what comes with a release besides its tracks."""
    if request.method != "GET":
        return
    try:
        begin_extra(user_id=user.pk, release_id=release_id, now=now())
    except NotOwnedError as error:
        raise Http404 from error


def note_file_leaving(request: HttpRequest, *, user: User, file: ShownFile) -> None:
    """The same for a file of a folder; its cover is everybody's."""
    if file.track_public_id:
        track = owned_track(user=user, track_public_id=file.track_public_id)
        if track is None:
            raise Http404
        note_leaving(request, user=user, track_ids=[track.pk])
    elif file.extra_public_id:
        owned = owned_extra(user=user, public_id=file.extra_public_id)
        if owned is None:
            raise Http404
        note_extra_leaving(request, user=user, release_id=owned.extra.release_id)
