"""Whole addresses of public pages, as other places, programs and people keep them."""

from __future__ import annotations

from functools import cache
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from pennywhistle.kernel.public_id import ALPHABET, PUBLIC_ID_LENGTH

# What `reverse` leaves as it is in a path (RFC 3986, 2.2 and 3.3).
_PLAIN = "!$&'()*+,;=/~:@"
_SOME_ID = ALPHABET[0] * PUBLIC_ID_LENGTH


def whole(path: str) -> str:
    """A path of the store as others reach it."""
    return f"{settings.ORIGIN}{path}"


def address_of(name: str, *args: object) -> str:
    """The whole address of a page by its name."""
    return whole(reverse(name, args=args))


def page_address(kind: str, slug: str, public_id: str) -> str:
    """The whole address of a release, track, artist or label.

    A site map has millions of them: what is the same in all of a kind is looked up once.
    """
    return f"{settings.ORIGIN}{_start_of(kind)}{quote(slug, safe=_PLAIN)}-{public_id}"


def lasting_address(kind: str, public_id: str) -> str:
    """An address that stays when a title changes: it leads to the page."""
    return f"{settings.ORIGIN}{_start_of(kind)}{public_id}"


def genre_address(slug: str) -> str:
    """The whole address of a genre's page."""
    return address_of("genre", slug)


@cache
def _start_of(kind: str) -> str:
    return reverse(kind, args=[("", _SOME_ID)]).removesuffix(_SOME_ID)
