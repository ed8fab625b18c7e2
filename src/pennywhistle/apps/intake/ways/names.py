"""Names in a place: which folders are parcels, what their names say, and which paths are safe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pennywhistle.apps.intake.ways.limits import (
    FOLDER_DEPTH_MAX,
    NAME_BYTES_MAX,
    PARCEL_NAME_CHARS_MAX,
    PATH_CHARS_MAX,
)

ACKNOWLEDGEMENTS = "acknowledgements"
# Between the name and the count of a parcel that was sent again with other content; no folder that
# is a parcel has this character in its name.
SENT_AGAIN = "~"
_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_PRIORITY = re.compile(r"[PMN]_")
_MOMENT = re.compile(r"(?:^|_)(?P<moment>\d{17})$", re.ASCII)
_MOMENT_DIGITS = 17


@dataclass(frozen=True, slots=True)
class ParcelName:
    """What a parcel's name says: {P|M|N}_{id}_{YYYYMMDDhhmmssnnn}, or {P|M|N}_{BatchId}.

    `subject` is the id of the release or batch; `moment` the seventeen digits, or "". Senders
    before choreography 1.6 leave out the priority.
    """

    text: str
    subject: str
    moment: str

    @property
    def manifest(self) -> str:
        """The file that completes a batch of this name."""
        return f"BatchComplete_{_PRIORITY.sub('', self.text, count=1)}.xml"

    @property
    def set_up_on(self) -> date | None:
        """The day that the name tells."""
        try:
            return date(int(self.moment[:4]), int(self.moment[4:6]), int(self.moment[6:8]))
        except ValueError:
            return None


def parcel_name(text: str) -> ParcelName | None:
    """Read a folder's name; None if it cannot be a parcel's."""
    if len(text) > PARCEL_NAME_CHARS_MAX or not _FORM.fullmatch(text):
        return None
    if text.lower() == ACKNOWLEDGEMENTS:
        return None
    rest = _PRIORITY.sub("", text, count=1)
    found = _MOMENT.search(rest)
    moment = found["moment"] if found else ""
    subject = rest[: -_MOMENT_DIGITS - 1] if found and len(rest) > _MOMENT_DIGITS else rest
    return ParcelName(text, subject or rest, moment) if rest else None


def unsafe(path: str) -> str:
    """Why a path within a parcel is refused; "" if it is not."""
    if len(path) > PATH_CHARS_MAX:
        return "is too long"
    steps = path.split("/")
    if len(steps) > FOLDER_DEPTH_MAX + 1:
        return f"lies more than {FOLDER_DEPTH_MAX} folders deep"
    if any(step in {"", ".", ".."} for step in steps):
        return "is not a plain path"
    if "\\" in path or any(not character.isprintable() for character in path):
        return "has a character in its name that no file here may have"
    try:
        too_long = any(len(step.encode()) > NAME_BYTES_MAX for step in steps)
    except UnicodeEncodeError:
        return "has a name that is not text"
    return "is too long" if too_long else ""
