"""XML as text: elements whose texts are escaped, and nothing that a parser would refuse."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

# XML 1.0, section 2.2: all other characters may not stand in a document, escaped or not.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A parser takes a bare carriage return for a line feed, and breaks in attributes for blanks.
_IN_TEXT = {"\r": "&#13;"}
_IN_ATTRIBUTES = {'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def element(name: str, inner: str, /, **attributes: str) -> str:
    """An element around XML; attributes that are empty are left out."""
    return f"<{name}{_attributes(attributes)}>{inner}</{name}>"


def text(name: str, value: object, /, **attributes: str) -> str:
    """An element around a text."""
    written = escape(_cleaned(str(value)), _IN_TEXT)
    return f"<{name}{_attributes(attributes)}>{written}</{name}>"


def text_if(name: str, value: object, /, **attributes: str) -> str:
    """An element around a text; nothing where there is none."""
    return "" if value is None or value == "" else text(name, value, **attributes)


def flag(name: str, *, is_set: bool) -> str:
    """An element that says true or false."""
    return f"<{name}>{'true' if is_set else 'false'}</{name}>"


def document(name: str, inner: str, *, namespace: str, prefix: str, **attributes: str) -> bytes:
    """A whole document; only its root is qualified, as in all messages of DDEX."""
    root = f"{prefix}:{name}"
    spaces = f' xmlns:{prefix}="{namespace}"'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<{root}{spaces}{_attributes(attributes)}>{inner}</{root}>\n"
    ).encode()


def _attributes(attributes: dict[str, str]) -> str:
    if not attributes:
        return ""
    return "".join(
        f' {name}="{escape(_cleaned(value), _IN_ATTRIBUTES)}"'
        for name, value in attributes.items()
        if value
    )


def _cleaned(value: str) -> str:
    return _UNWRITABLE.sub("\ufffd", value)
