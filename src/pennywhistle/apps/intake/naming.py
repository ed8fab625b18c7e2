"""Reads what the names of files and folders say, for when their tags say nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

# "CD1", "Disc 2", "Side_1": a part of the release in the folder above.
_DISC_FOLDER = re.compile(r"(?:cd|disc|disk|dvd|lp|side)[ _.-]*(?P<disc>[0-9]{1,2})", re.IGNORECASE)
# "01 Title", "1-02. Title", "2.03_Title"
_NUMBERED = re.compile(
    r"(?:(?P<disc>[0-9])[-.])?(?P<track>[0-9]{1,3})(?:[ _]*[-.)][ _]*|[ _]+)(?P<title>.*\S)\s*"
)
# What turns the direction of text round, also of the text that follows.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Named:
    """What a path says; None where it says nothing. `folder` is that of the release."""

    folder: str
    disc_number: int | None
    track_number: int | None
    title: str


def read_path(path: str) -> Named:
    """Take `Album/CD2/03 Title.flac` apart."""
    folder, _, name = path.rpartition("/")
    disc = None
    above, _, last = folder.rpartition("/")
    if match := _DISC_FOLDER.fullmatch(last):
        folder, disc = above, int(match["disc"])
    stem = name.rpartition(".")[0] or name
    match = _NUMBERED.fullmatch(stem)
    if match is None:
        return Named(folder, disc, None, shown(stem))
    if match["disc"]:
        disc = int(match["disc"])
    return Named(folder, disc or None, int(match["track"]) or None, shown(match["title"]))


def shown(text: str) -> str:
    """A file's name as a title: underscores become spaces."""
    return " ".join(plain(text).replace("_", " ").split())


def plain(text: str) -> str:
    """Text without the invisible characters that turn its direction round."""
    return _TURNS.sub("", text).strip()
