"""Reads who made which file out of a Debian copyright file (DEP-5, copyright-format/1.0).

Such a file says who holds the copyright in which files; for files of music that is who wrote it.
Anything that is not in that format is refused rather than guessed at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.limits import CREDITS_FILE_BYTES_MAX, CREDITS_STANZAS_MAX
from pennywhistle.apps.intake.supplement import NamedCredit, TrackNote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FORMAT = "copyright-format"
# A line may say: Copyright (C) 2003-2009, 2012 by Ada Example, and an address.
_PREFIX = re.compile(r"(?:copyright|\(c\)|©|:|\s)+", re.IGNORECASE)
_YEARS = re.compile(r"(?:[0-9]{4}(?:\s*[-–]\s*(?:[0-9]{2,4}|present)?)?[\s,;&]*)+(?:by\s+)?")  # noqa: RUF001
_ADDRESS = re.compile(r"\s*[<(][^<>()]*@[^<>()]*[>)]")
_NAME_CHARS_MAX = 200


class CreditsFileError(Exception):
    """The file is not a copyright file in Debian's machine-readable format."""

    code = "credits-file"


def read_credits(file: Path, *, folder: Path) -> tuple[TrackNote, ...]:
    """The holders of each pattern of files, as composers; the last that fits a file holds.

    Args:
        file: the copyright file.
        folder: where the music lies. Patterns that start with its own last folders
            ("data/core/music/*.ogg") are made relative to it.

    Raises:
        CreditsFileError: it is in another format, or too large.
    """
    with file.open("rb") as opened:
        content = opened.read(CREDITS_FILE_BYTES_MAX + 1)
    if len(content) > CREDITS_FILE_BYTES_MAX:
        raise CreditsFileError(f"{file.name} is larger than {CREDITS_FILE_BYTES_MAX:,} bytes.")
    stanzas = list(_stanzas(content.decode("utf-8", "replace")))
    if not stanzas or _FORMAT not in stanzas[0].get("format", ""):
        raise CreditsFileError(
            f"{file.name} is not in Debian's machine-readable format: it does not begin with "
            "“Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/”."
        )
    return tuple(
        TrackNote(_within(pattern, folder), holders)
        for stanza in stanzas
        if (holders := _holders(stanza.get("copyright", "")))
        for pattern in stanza.get("files", "").split()
    )


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    """Fields by lower-case name, stanza by stanza; lines that belong to none are passed over."""
    for count, block in enumerate(re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n"))):
        if count > CREDITS_STANZAS_MAX:
            raise CreditsFileError(f"The file has more than {CREDITS_STANZAS_MAX} paragraphs.")
        fields: dict[str, list[str]] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in {" ", "\t"}:
                fields.get(name, []).append(line.strip())
                continue
            name, colon, value = line.partition(":")
            name = name.strip().lower()
            if colon:
                fields[name] = [value.strip()]
        if fields:
            yield {key: "\n".join(lines).strip() for key, lines in fields.items()}


def _holders(text: str) -> tuple[NamedCredit, ...]:
    holders = []
    for line in text.splitlines():
        rest = _ADDRESS.sub("", line)[: 2 * _NAME_CHARS_MAX]
        for beginning in (_PREFIX, _YEARS):
            if match := beginning.match(rest):
                rest = rest[match.end() :]
        name = rest.strip(" ,.;")[:_NAME_CHARS_MAX].removeprefix("by ").strip()
        if name and name != ".":
            holders.append(NamedCredit(name, "Composer"))
    return tuple(dict.fromkeys(holders))


def _within(pattern: str, folder: Path) -> str:
    parts = pattern.removeprefix("./").split("/")
    above = folder.resolve().parts
    for length in range(len(parts) - 1, 0, -1):
        if tuple(parts[:length]) == above[-length:]:
            return "/".join(parts[length:])
    return "/".join(parts)
