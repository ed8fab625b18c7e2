"""Handing over a stranger's document: saved, never shown, and of no effect where it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.interfaces.common.ranged import Sent

if TYPE_CHECKING:
    from collections.abc import Mapping

# A browser that opens it all the same gives it no scripts, no forms and no origin.
_CONFINED = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def extra_sent(name: str, mime_type: str, *, headers: Mapping[str, str] | None = None) -> Sent:
    """How a booklet, a picture or a text that came with a release leaves: as a file to be saved."""
    is_text = mime_type.startswith("text/")
    return Sent(
        f"{mime_type}; charset=utf-8" if is_text else mime_type,
        "private, no-store",
        name,
        {**_CONFINED, **(headers or {})},
        is_ours_alone=True,
    )
