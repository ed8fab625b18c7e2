"""A message in our words: what every version of ERN is read into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pennywhistle.engines.ddex.files import Delivered, Hash, Relation
    from pennywhistle.engines.ddex.findings import Finding
    from pennywhistle.engines.ddex.moments import Moment
    from pennywhistle.engines.ddex.terms import Deal, Transfer, Visibility
    from pennywhistle.engines.ddex.things import (
        Control,
        Credit,
        Dated,
        Genre,
        Identity,
        Label,
        Line,
        Mark,
        Party,
        Text,
        Title,
        Where,
        Word,
    )
    from pennywhistle.engines.ddex.versions import Version


@dataclass(frozen=True, slots=True)
class Edition:
    """A form of a resource (stereo, immersive): its identifiers, lines and technical forms.

    Before 4.3 a resource has one edition, which holds what the resource itself says.
    """

    kind: Word | None
    identities: tuple[Identity, ...]
    lines: tuple[Line, ...] = ()
    credits: tuple[Credit, ...] = ()
    delivered: tuple[Delivered, ...] = ()
    recording_mode: Word | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A recording, a video, a picture, a text: something that a release is made of.

    `kind` is recording, video, image, text, sheet-music, software, midi or other.
    """

    path: str
    line: int
    kind: str
    reference: str
    types: tuple[Word, ...]
    editions: tuple[Edition, ...]
    titles: tuple[Title, ...] = ()
    artist_names: tuple[Text, ...] = ()
    credits: tuple[Credit, ...] = ()
    controls: tuple[Control, ...] = ()
    works: tuple[Identity, ...] = ()
    lines: tuple[Line, ...] = ()
    labels: tuple[Label, ...] = ()
    genres: tuple[Genre, ...] = ()
    dates: tuple[Dated, ...] = ()
    parental_warnings: tuple[Text, ...] = ()
    languages: tuple[Text, ...] = ()
    texts: tuple[Text, ...] = ()
    relations: tuple[Relation, ...] = ()
    marks: tuple[Mark, ...] = ()
    duration_ms: int | None = None
    language: str = ""
    sequence: int | None = None

    @property
    def identities(self) -> tuple[Identity, ...]:
        """The identifiers of all editions, in order, each once."""
        return tuple(
            dict.fromkeys(identity for edition in self.editions for identity in edition.identities)
        )


@dataclass(frozen=True, slots=True)
class Item:
    """A place in a group: which resource stands there."""

    resource: str
    sequence: int | None = None
    sub_sequence: int | None = None
    display_sequence: str = ""
    kind: Word | None = None
    types: tuple[Word, ...] = ()
    linked: tuple[Text, ...] = ()
    release: str = ""
    identities: tuple[Identity, ...] = ()
    marks: tuple[Mark, ...] = ()
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A disc, a side, a component: items and groups in their order."""

    kind: Word | None
    sequence: int | None
    titles: tuple[Title, ...]
    items: tuple[Item, ...]
    groups: tuple[Group, ...]
    credits: tuple[Credit, ...] = ()
    linked: tuple[Text, ...] = ()
    release: str = ""
    identities: tuple[Identity, ...] = ()
    carriers: tuple[Word, ...] = ()
    marks: tuple[Mark, ...] = ()
    duration_ms: int | None = None
    display_sequence: str = ""
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A product. `is_track` marks a track release: what a deal for a single track hangs on."""

    path: str
    line: int
    reference: str
    is_main: bool
    is_track: bool
    types: tuple[Word, ...]
    identities: tuple[Identity, ...]
    titles: tuple[Title, ...] = ()
    artist_names: tuple[Text, ...] = ()
    credits: tuple[Credit, ...] = ()
    labels: tuple[Label, ...] = ()
    lines: tuple[Line, ...] = ()
    genres: tuple[Genre, ...] = ()
    dates: tuple[Dated, ...] = ()
    parental_warnings: tuple[Text, ...] = ()
    languages: tuple[Text, ...] = ()
    texts: tuple[Text, ...] = ()
    relations: tuple[Relation, ...] = ()
    resources: tuple[Item, ...] = ()
    groups: tuple[Group, ...] = ()
    visibilities: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    duration_ms: int | None = None
    language: str = ""
    is_clip: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """Who sends what to whom, and when. Parties are references into the message's parties."""

    message_id: str
    thread_id: str
    sender: str
    on_behalf_of: str
    requested_by: str
    recipients: tuple[str, ...]
    created: Moment
    is_test: bool
    control: Word | None = None
    file_name: str = ""
    comments: tuple[Text, ...] = ()
    audit: tuple[tuple[str, Moment], ...] = ()
    language: str = ""
    schema_version: str = ""

    @property
    def created_at(self) -> datetime | None:
        """When the message was made, in UTC; a time without zone is taken for UTC."""
        return self.created.starts_at(UTC)


@dataclass(frozen=True, slots=True)
class NotKept:
    """A value of the message that has no place here: where it stands and what it says."""

    path: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every message has."""

    version: Version
    header: Header
    parties: Mapping[str, Party]
    findings: tuple[Finding, ...]
    finding_counts: Mapping[str, int]
    not_kept: tuple[NotKept, ...]
    not_kept_count: int
    """How many values were not kept; more than `not_kept` holds, if there were too many."""

    @property
    def sender_dpid(self) -> str:
        """The DPID of who sent the message; "" if it has none."""
        sender = self.parties.get(self.header.sender)
        return sender.dpid if sender else ""

    @property
    def recipient_dpids(self) -> frozenset[str]:
        """The DPIDs of those to whom it was sent."""
        found = (self.parties[ref].dpid for ref in self.header.recipients if ref in self.parties)
        return frozenset(dpid for dpid in found if dpid)


@dataclass(frozen=True, slots=True)
class NewReleaseContents:
    """What is in a NewReleaseMessage besides its envelope."""

    profile: str
    profile_variant: str
    business_profile: str
    values_version: str
    language: str
    update: Word | None
    marks: tuple[Mark, ...]
    resources: tuple[Resource, ...]
    releases: tuple[Release, ...]
    deals: tuple[Deal, ...]
    visibilities: tuple[Visibility, ...]
    transfers: tuple[Transfer, ...]

    @property
    def main(self) -> Release | None:
        """The main release, if there is exactly one."""
        mains = [release for release in self.releases if release.is_main]
        return mains[0] if len(mains) == 1 else None


@dataclass(frozen=True, slots=True)
class NewRelease:
    """A NewReleaseMessage: releases, what they are made of, and the deals for them."""

    envelope: Envelope
    contents: NewReleaseContents


@dataclass(frozen=True, slots=True)
class Purge:
    """A PurgeReleaseMessage: releases that their sender wants gone (E7)."""

    envelope: Envelope
    releases: tuple[Release, ...]
    language: str = ""
    values_version: str = ""


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One message of a batch, and how its file is known."""

    message_type: Word | None
    message_id: str
    url: str
    identities: tuple[Identity, ...]
    action: Word | None
    product: Word | None
    hash: Hash | None
    signature: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A ManifestMessage: what a batch holds (rights.md, choreography)."""

    envelope: Envelope
    is_test: bool | None
    root_directory: str
    message_count: int | None
    entries: tuple[ManifestEntry, ...]
    message_version: str = ""


Message = NewRelease | Purge | Manifest
