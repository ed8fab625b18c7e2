"""What comes with a release besides its tracks, in words."""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext as _

from pennywhistle.interfaces.common.format import size_text

_FORMATS = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
}


class Described(Protocol):
    """An extra of the catalog, or one that is planned."""

    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def mime_type(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...


def kind_text(kind: str) -> str:
    """What sort of thing it is."""
    return {
        "booklet": _("Booklet"),
        "back": _("Back cover"),
        "picture": _("Picture"),
        "text": _("Text"),
    }[kind]


def extra_text(extra: Described) -> str:
    """`Booklet: Notes on the songs (PDF, 12.0 MB)`; a title that says no more is left out."""
    kind = kind_text(extra.kind)
    said = {kind.casefold(), extra.kind, ""}
    name = kind if extra.title.casefold() in said else f"{kind}: {extra.title}"
    form = _FORMATS.get(extra.mime_type) or _("Text")
    return f"{name} ({form}, {size_text(extra.size_bytes)})"
