"""What is written into messages, in our words: a release whole, with its files and its deals.

Texts are written as they are, without blanks around them; what XML cannot hold becomes U+FFFD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from pennywhistle.kernel.money import Money
    from pennywhistle.kernel.territories import Territories


@dataclass(frozen=True, slots=True)
class Number:
    """An identifier in its normal form; `scheme` as in `things.Identity`.

    Schemes that DDEX has no place for become a ProprietaryId in the namespace of their name.
    """

    scheme: str
    value: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person or an organization; who is equal is the same one, and is listed once."""

    name: str
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """Somebody and what they did; roles in DDEX's words, or in others, which are then marked."""

    by: Somebody
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correspondent:
    """Who sends messages, or is sent them; known by a DPID."""

    dpid: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a message says of itself; `created_at` is an instant."""

    message_id: str
    sender: Correspondent
    recipient: Correspondent
    created_at: datetime
    thread_id: str = ""
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Sound:
    """A master: its path within the delivery, its SHA-256 in hex, its form in DDEX's words."""

    path: str
    sha256: str
    size_bytes: int
    codec: str
    container: str = ""
    channel_count: int | None = None
    sample_rate_hz: int | None = None
    bits_per_sample: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A cover: its path within the delivery, its SHA-256 in hex, its size."""

    path: str
    sha256: str
    size_bytes: int
    codec: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What comes with a release besides its tracks: a picture or a text, with its path and hash.

    `kind` and `codec` are DDEX's words: "NonInteractiveBooklet" and "PDF", say.
    """

    kind: str
    title: str
    path: str
    sha256: str
    size_bytes: int
    codec: str
    is_picture: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A ℗ or © line: `kind` is P or C. It holds everywhere, or in one territory."""

    kind: str
    text: str
    year: str = ""
    company: str = ""
    territory: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Played:
    """A track: a recording at its place on the release, and as a product of its own.

    `title` is the recording's; `place_title` is the track's where the release calls it otherwise.
    `lines` are ℗ lines; the standard has no place for others.
    """

    disc_number: int
    track_number: int
    title: str
    artist_line: str
    artists: tuple[Done, ...]
    numbers: tuple[Number, ...]
    own_id: Number
    duration_ms: int
    is_explicit: bool = False
    place_title: str = ""
    contributors: tuple[Done, ...] = ()
    work_numbers: tuple[Number, ...] = ()
    sound: Sound | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Sale:
    """A deal for downloads: of what, where, when, for what.

    `items` are places in `ReleaseFacts.tracks`, or None for the release as a whole. A date holds
    in the local time of each territory and, as an end, to its midnight; an instant has a zone; a
    time without one is local. `code` is one of the supplier's rate card, instead of `wholesale`.
    """

    items: tuple[int | None, ...]
    territories: Territories
    starts: date | datetime
    ends: date | datetime | None = None
    code: str = ""
    wholesale: Money | None = None
    suggested: Money | None = None
    is_pre_order: bool = False


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """A release, whole. Without sales the message takes it down (E7)."""

    numbers: tuple[Number, ...]
    kind: str
    title: str
    artist_line: str
    artists: tuple[Done, ...]
    label: Somebody
    released_on: date
    tracks: tuple[Played, ...]
    genre: str = ""
    about: str = ""
    is_explicit: bool = False
    cover: Picture | None = None
    sales: tuple[Sale, ...] = ()
    shown_from: datetime | None = None
    """From when the release may be shown, an instant; written beside sales only."""
    language: str = "en"
    enclosed: tuple[Enclosed, ...] = ()
    lines: tuple[Line, ...] = ()
    """℗ before ©."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A message in a batch: where it lies below the batch's folder, and its SHA-256 in hex."""

    message_id: str
    path: str
    sha256: str
    numbers: tuple[Number, ...]
    is_take_down: bool = False
