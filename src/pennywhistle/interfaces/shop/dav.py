"""A shelf as a folder that can be mounted: WebDAV class 1 (RFC 4918), for reading."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.urls import reverse
from django.utils.http import http_date
from django.utils.timezone import now

from pennywhistle.apps.delivery.folders import (
    OwnedFolder,
    ShownFile,
    files_in,
    foretell,
    make_for_sizes,
    owned_folders,
    shelf_entitlements,
)
from pennywhistle.apps.delivery.queries import wishes_of
from pennywhistle.engines.audio import Recipe
from pennywhistle.interfaces.common.delays import tells_delays
from pennywhistle.interfaces.common.handing import place_to_wait
from pennywhistle.interfaces.shop.dav_xml import (
    BODY_BYTES_MAX,
    DavBodyError,
    Resource,
    finite_depth_only,
    multistatus,
    read_propfind,
)
from pennywhistle.interfaces.shop.leaving import note_file_leaving
from pennywhistle.interfaces.shop.programs import for_programs, send_shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from pennywhistle.apps.users.models import User

_ALLOWED = "OPTIONS, GET, HEAD, PROPFIND"
_XML = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a path leads: a folder of folders, a release's folder, or a file in one."""

    parts: tuple[str, ...]
    below: tuple[str, ...] = ()
    folder: OwnedFolder | None = None
    files: tuple[ShownFile, ...] = ()
    file: ShownFile | None = None


@for_programs
@tells_delays
def dav(request: HttpRequest, user: User, path: str = "") -> HttpResponseBase:
    """Answer for one path of the shelf, in the format and under the names that the account has."""
    if request.method == "OPTIONS":
        return _with_class(HttpResponse())
    if request.method not in {"GET", "HEAD", "PROPFIND"}:
        return _with_class(HttpResponse(status=405))
    place = _find(user, tuple(part for part in path.split("/") if part))
    if request.method == "PROPFIND":
        return _with_class(_propfind(request, place, user))
    if place.file is not None:
        note_file_leaving(request, user=user, file=place.file)
        return send_shown(request, place.file, user)
    names = [f"{name}/" for name in place.below] + [file.name for file in place.files]
    text = "".join(f"{name}\n" for name in names)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _with_class(response: HttpResponse) -> HttpResponse:
    response["DAV"] = "1"
    response["Allow"] = _ALLOWED
    return response


def _find(user: User, parts: tuple[str, ...]) -> _Place:
    """Raises Http404."""
    wishes = wishes_of(user_id=user.pk)
    folders = owned_folders(shelf_entitlements(user=user), naming=wishes.naming)
    under = [each for each in folders if each.parts[: len(parts)] == parts]
    if any(len(each.parts) > len(parts) for each in under) or not parts:
        return _Place(parts, below=tuple(dict.fromkeys(each.parts[len(parts)] for each in under)))
    folder = next((each for each in folders if each.parts in (parts, parts[:-1])), None)
    if folder is None:
        raise Http404
    files = files_in(folder, recipe=Recipe.parse(wishes.recipe), wishes=wishes, now=now())
    if folder.parts == parts:
        return _Place(parts, folder=folder, files=tuple(files))
    file = next((each for each in files if each.name == parts[-1]), None)
    if file is None:
        raise Http404
    return _Place(parts, folder=folder, file=file)


def _propfind(request: HttpRequest, place: _Place, user: User) -> HttpResponse:
    depth = request.headers.get("Depth", "infinity").strip()
    if depth not in {"0", "1"}:
        return HttpResponse(finite_depth_only(), status=403, content_type=_XML)
    try:
        asked = read_propfind(_body(request))
    except DavBodyError as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain; charset=utf-8")
    place = _with_sizes(place, user, is_deep=depth == "1")
    resources = [_resource(place)]
    if depth == "1":
        resources += _children(place)
    return HttpResponse(multistatus(resources, asked), status=207, content_type=_XML)


def _with_sizes(place: _Place, user: User, *, is_deep: bool) -> _Place:
    """The same with its files' sizes, since clients read exactly as much as they are told.

    Whoever looks into a release's folder means its files: they are made for it. Raises BusyError.
    """
    shown = [place.file] if place.file is not None else [*place.files] if is_deep else []
    shown = foretell(shown)
    if any(each.size_bytes is None for each in shown):
        with place_to_wait(user.pk):
            shown = make_for_sizes(shown)
    return replace(place, file=shown[0]) if place.file else replace(place, files=tuple(shown))


def _body(request: HttpRequest) -> bytes:
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length[:20]) > BODY_BYTES_MAX:
        raise DavBodyError(f"The body is larger than {BODY_BYTES_MAX} bytes.")
    try:
        return request.read(BODY_BYTES_MAX)
    except (UnreadablePostError, RawPostDataException) as error:
        raise DavBodyError("The body cannot be read.") from error


def _resource(place: _Place) -> Resource:
    if place.file is not None and place.folder is not None:
        return _file(place.parts[:-1], place.file, place.folder)
    return _folder(place.parts, place.folder)


def _children(place: _Place) -> list[Resource]:
    if place.folder is None:
        return [_folder((*place.parts, name), None) for name in place.below]
    return [_file(place.parts, file, place.folder) for file in place.files]


def _folder(parts: Sequence[str], folder: OwnedFolder | None) -> Resource:
    properties = {"displayname": parts[-1] if parts else "Shelf"}
    if folder is not None:
        properties["getlastmodified"] = _changed(folder)
    return Resource(_href(parts, is_folder=True), is_folder=True, properties=properties)


def _file(parts: Sequence[str], file: ShownFile, folder: OwnedFolder) -> Resource:
    properties = {
        "displayname": file.name,
        "getcontenttype": file.mime_type,
        "getetag": f'"{file.source.etag}"',
        "getlastmodified": _changed(folder),
    }
    if file.size_bytes is not None:
        properties["getcontentlength"] = str(file.size_bytes)
    href = _href((*parts, file.name), is_folder=False)
    return Resource(href, is_folder=False, properties=properties)


def _changed(folder: OwnedFolder) -> str:
    return http_date(max(each.granted_at for each in folder.entitlements).timestamp())


def _href(parts: Sequence[str], *, is_folder: bool) -> str:
    path = "/".join(quote(part, safe="") for part in parts)
    return reverse("sync:dav-root") + path + ("/" if is_folder and parts else "")
