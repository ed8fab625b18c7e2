"""Addresses of the shop: `/release/<slug>-<public id>`; the id decides, the slug is for people."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from django.http import HttpResponsePermanentRedirect
from django.urls import NoReverseMatch, register_converter, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from pennywhistle.kernel.public_id import ALPHABET, PUBLIC_ID_LENGTH

if TYPE_CHECKING:
    from django.http import HttpRequest

HOME = "/"


class Named(NamedTuple):
    """The last part of an address of a thing."""

    slug: str
    public_id: str


class HasName(Protocol):
    """Anything with a slug and a public id."""

    @property
    def slug(self) -> str: ...

    @property
    def public_id(self) -> str: ...


class NamedConverter:
    """`tin-weather-0a1b2c3d4e5f`; slugs may hold letters of any script, and hyphens."""

    regex = rf"(?:[^/]*-)?[{ALPHABET}]{{{PUBLIC_ID_LENGTH}}}"

    def to_python(self, value: str) -> Named:
        """Part the slug from the id."""
        return Named(value[: -PUBLIC_ID_LENGTH - 1], value[-PUBLIC_ID_LENGTH:])

    def to_url(self, value: Named) -> str:
        """Join them again."""
        return "-".join(part for part in value if part)


class PublicIdConverter:
    """A public id alone."""

    regex = rf"[{ALPHABET}]{{{PUBLIC_ID_LENGTH}}}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(NamedConverter, "named")
register_converter(PublicIdConverter, "public_id")


def page_of(name: str, thing: HasName) -> str:
    """The address of a release, track, artist or label."""
    return _reversed(name, Named(thing.slug, thing.public_id))


def moved(name: str, asked: Named, thing: HasName) -> HttpResponsePermanentRedirect | None:
    """Where the page is under its present slug; nothing if it was asked for by that."""
    if asked.slug == thing.slug:
        return None
    return HttpResponsePermanentRedirect(page_of(name, thing))


def served(name: str, *args: object) -> str:
    """An address that another interface may serve; empty where it does not."""
    try:
        return _reversed(name, *args)
    except NoReverseMatch:
        return ""


# A page of covers has a hundred addresses, and they never change while the program runs.
@lru_cache(maxsize=20_000)
def _reversed(name: str, *args: object) -> str:
    return reverse(name, args=args)


def own_path(request: HttpRequest, path: str | None, *, fallback: str = HOME) -> str:
    """`path` if it is one of this store's own pages, else `fallback`: no open redirect."""
    is_own = (
        path is not None
        and path.startswith("/")
        and url_has_allowed_host_and_scheme(
            path, allowed_hosts=None, require_https=request.is_secure()
        )
    )
    return path if is_own and path is not None else fallback
