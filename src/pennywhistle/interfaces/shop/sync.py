"""A shelf as a list of files, and those files: what `pennywhistle pull` asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, JsonResponse
from django.urls import reverse
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from pennywhistle.apps.delivery.extras import owned_extra
from pennywhistle.apps.delivery.folders import (
    ShownFile,
    files_in,
    owned_folders,
    shelf_entitlements,
)
from pennywhistle.apps.delivery.queries import owned_track, track_files, wishes_of
from pennywhistle.apps.delivery.work import rendition_for
from pennywhistle.engines.audio import Recipe, UnknownRecipeError
from pennywhistle.interfaces.common.delays import tells_delays
from pennywhistle.interfaces.shop.leaving import note_extra_leaving, note_leaving
from pennywhistle.interfaces.shop.programs import for_programs, send_shown

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from pennywhistle.apps.delivery.folders import OwnedFolder
    from pennywhistle.apps.users.models import User

FOLDERS_PER_PAGE = 25
_DIGITS_MAX = 9


@for_programs
@require_safe
@tells_delays
def shelf(request: HttpRequest, user: User) -> HttpResponseBase:
    """The files of some releases, the oldest purchase first; `next` leads to more.

    `format` names a recipe; without it, the account's usual one. A size and a hash are those of a
    file that is there; null for one that will be made when it is fetched.
    """
    wishes = wishes_of(user_id=user.pk)
    recipe = _recipe(request.GET.get("format") or wishes.recipe)
    start = _number(request.GET.get("from", "0"))
    folders = owned_folders(shelf_entitlements(user=user), naming=wishes.naming)
    end = start + FOLDERS_PER_PAGE
    files = [
        _told(folder, file, recipe)
        for folder in folders[start:end]
        for file in files_in(folder, recipe=recipe, wishes=wishes, now=now())
    ]
    following = f"{request.path}?format={recipe.name}&from={end}"
    return JsonResponse(
        {
            "format": recipe.name,
            "releases": len(folders),
            "files": files,
            "next": following if end < len(folders) else None,
        }
    )


@for_programs
@require_safe
@tells_delays
def track(request: HttpRequest, user: User, recipe: str, track_public_id: str) -> HttpResponseBase:
    """One owned track in one form, as the account likes it."""
    form = _recipe(recipe)
    owned = owned_track(user=user, track_public_id=track_public_id)
    wishes = wishes_of(user_id=user.pk)
    files = track_files([owned], recipe=form, wishes=wishes) if owned else []
    if not files:
        raise Http404
    wanted = files[0].wanted
    source = rendition_for(wanted=wanted, now=now(), person=user.pk)
    note_leaving(request, user=user, track_ids=[files[0].track.pk])
    return send_shown(request, ShownFile(files[0].name, wanted.recipe.mime_type, source), user)


@for_programs
@require_safe
@tells_delays
def extra(request: HttpRequest, user: User, public_id: str) -> HttpResponseBase:
    """A booklet, a picture or a text that comes with an owned release."""
    owned = owned_extra(user=user, public_id=public_id)
    if owned is None:
        raise Http404
    told, kept = owned.extra, owned.kept
    note_extra_leaving(request, user=user, release_id=told.release_id)
    file = ShownFile(told.name, told.mime_type, kept, extra_public_id=told.public_id)
    return send_shown(request, file, user)


def _told(folder: OwnedFolder, file: ShownFile, recipe: Recipe) -> dict[str, object]:
    kept = file.kept
    if file.track_public_id:
        url = reverse("sync:track", args=[recipe.name, file.track_public_id])
    elif file.extra_public_id:
        url = reverse("sync:extra", args=[file.extra_public_id])
    else:
        url = reverse("delivery:cover", args=[file.source.etag, "jpg"])
    return {
        "path": [*folder.parts, file.name],
        "url": url,
        "etag": file.source.etag,
        "size_bytes": kept.size_bytes if kept else None,
        "sha256": kept.sha256 if kept else None,
    }


def _recipe(name: str) -> Recipe:
    try:
        return Recipe.parse(name)
    except UnknownRecipeError as error:
        raise Http404 from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS_MAX:
        raise Http404
    return int(text)
