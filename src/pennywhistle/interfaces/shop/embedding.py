"""Showing a release or a track on other people's pages: oEmbed 1.0, and the player in a frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.translation import get_language_from_request, override
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from pennywhistle.apps.media.queries import covers_of
from pennywhistle.apps.reach import queries
from pennywhistle.apps.reach.limits import EMBEDDED_TRACKS_MAX
from pennywhistle.interfaces.common.format import duration_text
from pennywhistle.interfaces.common.public_addresses import address_of, page_address, whole
from pennywhistle.interfaces.common.store import store_of
from pennywhistle.interfaces.shop.addresses import Named
from pennywhistle.interfaces.shop.drawing import cover_url
from pennywhistle.interfaces.shop.feeds import plain
from pennywhistle.interfaces.shop.heads import titled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from pennywhistle.apps.media.queries import CoverPicture
    from pennywhistle.apps.reach.facts import PublicName, PublicRelease, PublicTrack

FRESH = "public, max-age=300"
FRESH_S = 300
# Nothing but the store's own pictures, sound and style; no form, no frame in it, and no cookie.
POLICY = {
    "default-src": ["'none'"],
    "img-src": ["'self'"],
    "media-src": ["'self'"],
    "style-src": ["'self'"],
    "font-src": ["'self'"],
    "script-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["*"],
}
THEMES = {"light", "dark"}
WIDTH_PX, TRACK_HEIGHT_PX, RELEASE_HEIGHT_PX = 560, 230, 420
_SIDE_DIGITS_MAX = 6
_THUMBNAIL_PX = 640
_FORMS = {"json", "xml"}
_URL_CHARS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Embedded:
    """What is shown elsewhere."""

    kind: str
    public_id: str
    slug: str
    title: str
    artist_line: str
    artists: tuple[PublicName, ...]
    release: PublicRelease
    tracks: tuple[PublicTrack, ...]
    cover: CoverPicture | None

    @property
    def address(self) -> str:
        """Of its page in the store."""
        return page_address(self.kind, self.slug, self.public_id)

    @property
    def height_px(self) -> int:
        """How high its player stands well."""
        return RELEASE_HEIGHT_PX if self.kind == "release" else TRACK_HEIGHT_PX


@require_safe
@login_not_required
def oembed(request: HttpRequest) -> HttpResponse:
    """How to show one of the store's own pages elsewhere (oembed.com, 2.2 and 2.3)."""
    form = request.GET.get("format", "json")
    if form not in _FORMS:
        return _refused(501, "The formats are json and xml.")
    width, height = _side(request, "maxwidth"), _side(request, "maxheight")
    if width is None or height is None:
        return _refused(400, "maxwidth and maxheight are whole numbers of pixels.")
    named = _own_page(request.GET.get("url", ""))
    found = _found(*named) if named else None
    if found is None:
        return _refused(404, "url is no page of a release or a track of this store.")
    document = _document(request, found, width, height)
    if form == "xml":
        response = HttpResponse(_xml(document), content_type="text/xml; charset=utf-8")
    else:
        response = JsonResponse(document)
    response["Cache-Control"] = FRESH
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@login_not_required
@xframe_options_exempt
def player(request: HttpRequest, kind: str, public_id: str) -> HttpResponse:
    """A player for other people's pages: it plays previews, and leads to the store to buy.

    It neither reads nor sets a cookie: the language is the browser's own, or `?lang=`.
    """
    found = _found(kind, public_id)
    if found is None:
        raise Http404
    heard = queries.with_preview(found.tracks)
    request.COOKIES = {}
    language = request.GET.get("lang", "")
    if language not in dict(settings.LANGUAGES):
        language = get_language_from_request(request)
    theme = request.GET.get("theme", "")
    with override(language):
        context = {
            "found": found,
            "store_name": store_of(request).name,
            "store_address": whole("/"),
            "theme": theme if theme in THEMES else "",
            "tracks": [
                (track, duration_text(track.duration_ms), track.recording_id in heard)
                for track in found.tracks
            ],
        }
        response = render(None, "shop/embed.html", context)
        response["Content-Language"] = language
    # What django-csp's own decorator does, which is typed for views without arguments.
    response._csp_replace = POLICY  # type: ignore[attr-defined]  # noqa: SLF001
    response["Cache-Control"] = FRESH
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["X-Robots-Tag"] = "noindex"
    patch_vary_headers(response, ["Accept-Language"])
    return response


def _own_page(address: str) -> tuple[str, str] | None:
    """The kind and public id of a release's or track's page; None for any other address."""
    if len(address) > _URL_CHARS_MAX:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    own = urlsplit(settings.ORIGIN)
    if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        return None
    try:
        match = resolve(unquote(parts.path))
    except (Resolver404, ValueError):
        return None
    name = match.kwargs.get("name")
    if match.url_name not in {"release", "track"} or not isinstance(name, Named):
        return None
    return match.url_name, name.public_id


def _found(kind: str, public_id: str) -> Embedded | None:
    """What is on the shelves under an id; a fixed number of queries."""
    at = timezone.now()
    if kind == "release":
        release = queries.release_facts(public_id, at=at)
        if release is None:
            return None
        tracks = queries.tracks_of([release.id]).get(release.id, [])[:EMBEDDED_TRACKS_MAX]
        slug, title, artist_line = release.slug, release.title, release.artist_line
    elif kind == "track":
        track = queries.track_facts(public_id, at=at)
        if track is None:
            return None
        release = queries.releases_named([track.release_id], at=at).get(track.release_id)
        if release is None:
            return None
        tracks = [track]
        slug, title, artist_line = track.slug, track.title, track.artist_line
    else:
        return None
    cover = covers_of([release.id], address=cover_url).get(release.id)
    return Embedded(
        kind, public_id, slug, title, artist_line, release.artists, release, tuple(tracks), cover
    )


def _side(request: HttpRequest, name: str) -> int | None:
    """A side that is the most, in pixels; 0 where none is said, None for what is no number."""
    text = request.GET.get(name, "")
    if not text:
        return 0
    is_number = text.isascii() and text.isdigit() and len(text) <= _SIDE_DIGITS_MAX
    return int(text) if is_number and int(text) else None


def _document(
    request: HttpRequest, found: Embedded, width_max: int, height_max: int
) -> dict[str, object]:
    width = min(WIDTH_PX, width_max or WIDTH_PX)
    height = min(found.height_px, height_max or found.height_px)
    source = address_of("embed", found.kind, found.public_id)
    title = plain(titled(found.title, found.artist_line))
    name = plain(store_of(request).name)
    html = format_html(
        '<iframe src="{}" width="{}" height="{}" title="{}" loading="lazy"'
        ' frameborder="0" allow="encrypted-media"></iframe>',
        source,
        width,
        height,
        title,
    )
    document: dict[str, object] = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "author_name": plain(found.artist_line),
        "provider_name": name,
        "provider_url": whole("/"),
        "cache_age": FRESH_S,
        "html": str(html),
        "width": width,
        "height": height,
    }
    if len(found.artists) == 1:
        (artist,) = found.artists
        document["author_url"] = page_address("artist", artist.slug, artist.public_id)
    return document | _thumbnail(found, width_max, height_max)


def _thumbnail(found: Embedded, width_max: int, height_max: int) -> dict[str, object]:
    """The widest picture that is not wider or higher than what was asked for."""
    if found.cover is None:
        return {}
    side_max = min(width_max or _THUMBNAIL_PX, height_max or _THUMBNAIL_PX)
    sizes: Sequence[tuple[int, str]] = ((640, found.cover.jpeg_640), (320, found.cover.jpeg_320))
    for side, path in sizes:
        if path and side <= side_max:
            return {
                "thumbnail_url": whole(path),
                "thumbnail_width": side,
                "thumbnail_height": side,
            }
    return {}


def _xml(document: dict[str, object]) -> str:
    lines = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in document.items())
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{lines}</oembed>\n'


def _refused(status: int, text: str) -> HttpResponse:
    response = HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["Access-Control-Allow-Origin"] = "*"
    return response
