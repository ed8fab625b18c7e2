"""The shapes of answers, which the OpenAPI document tells."""

from typing import Annotated

from ninja import Field, Schema

Id = Annotated[str, Field(description="Stable; of the last part of the address, too.")]
Url = Annotated[str, Field(description="The whole address of a page or file.")]


class NameOut(Schema):
    """An artist or a label, short."""

    id: Id
    name: str
    url: Url


class PartyOut(NameOut):
    """An artist or a label."""

    about: str | None


class GenreOut(Schema):
    """A genre; its id is the name in its address."""

    id: Id
    name: str
    url: Url


class CoverOut(Schema):
    """A square picture as JPEG, by its width in pixels."""

    width_320: Url | None = None
    width_640: Url | None = None
    width_1280: Url | None = None


class PriceOut(Schema):
    """An exact amount."""

    amount: Annotated[str, Field(description="A decimal number; never rounded.")]
    currency: Annotated[str, Field(description="ISO 4217.")]
    is_least: Annotated[bool, Field(description="Whether buyers name a price from this one on.")]


class OfferOut(PriceOut):
    """What something costs, and where."""

    territories: Annotated[list[str], Field(description="ISO 3166-1 alpha-2, and XK for Kosovo.")]


class TrackOut(Schema):
    """A track, without its release."""

    id: Id
    title: str
    artist_line: Annotated[str, Field(description="Who it is by, as the sleeve has it.")]
    disc_number: int
    track_number: int
    duration_ms: int
    is_explicit: bool
    isrc: str | None
    url: Url
    preview_url: Annotated[
        str | None, Field(description="A part of it to listen to (audio/mpeg), for everybody.")
    ]


class ReleaseOut(Schema):
    """A release."""

    id: Id
    title: str
    artist_line: Annotated[str, Field(description="Who it is by, as the sleeve has it.")]
    artists: list[NameOut]
    label: NameOut
    genre: GenreOut | None
    upc: Annotated[str | None, Field(description="UPC or EAN.")]
    released_on: Annotated[str, Field(description="The day, as YYYY-MM-DD.")]
    published_at: Annotated[str, Field(description="Since when it is here (RFC 3339).")]
    is_explicit: bool
    url: Url
    cover: CoverOut | None


class ListedReleaseOut(ReleaseOut):
    """A release in a list; with `territory`, what it costs there."""

    price: Annotated[
        PriceOut | None,
        Field(description="Only with `territory`; null where the whole is not sold there."),
    ] = None


class CreditOut(Schema):
    """Who did what, in the words of DDEX's allowed values."""

    role: str
    name: NameOut


class ReleasePageOut(ReleaseOut):
    """A release with all that is on it."""

    about: str | None
    tracks: list[TrackOut]


class TrackPageOut(TrackOut):
    """A track with its release and who made it."""

    release: ReleaseOut
    credits: list[CreditOut]


class ListedTrackOut(TrackOut):
    """A track in a list, with its release."""

    release: ReleaseOut


class TrackOffersOut(Schema):
    """What a track costs by itself."""

    id: Id
    offers: list[OfferOut]


class ReleaseOffersOut(Schema):
    """What a release costs, and each of its tracks by itself."""

    id: Id
    offers: list[OfferOut]
    tracks: list[TrackOffersOut]


class ReleaseListOut(Schema):
    """Some releases of a longer list, newest first."""

    items: list[ListedReleaseOut]
    next: Annotated[str | None, Field(description="The address of what follows; null at the end.")]


class TrackListOut(Schema):
    """Some tracks of a longer list."""

    items: list[ListedTrackOut]
    next: str | None


class PartyListOut(Schema):
    """Some artists or labels of a longer list, in the order in which they came."""

    items: list[PartyOut]
    next: str | None


class GenreListOut(Schema):
    """All genres, by name."""

    items: list[GenreOut]


class SearchOut(Schema):
    """What a search found, the best first."""

    releases: list[ListedReleaseOut]
    tracks: list[ListedTrackOut]
    artists: list[NameOut]
    next: Annotated[
        str | None, Field(description="Only where one `kind` is asked for; null at the end.")
    ]


class DumpFileOut(Schema):
    """A file of the dump."""

    name: str
    url: Url
    sha256: str
    size_bytes: int
    row_count: int
    changed_at: str


class DumpOut(Schema):
    """The dump of the catalog: JSON Lines, zipped, and their checksums."""

    made_at: str | None
    files: list[DumpFileOut]


class WrongOut(Schema):
    """A parameter and what is wrong with it."""

    where: str
    what: str


class ProblemOut(Schema):
    """Problem details (RFC 9457)."""

    type: Annotated[str, Field(description="The kind of problem, as an address that explains it.")]
    title: str
    status: int
    detail: Annotated[str, Field(description="What to do.")]
    errors: list[WrongOut] | None = None
