"""Writes NewReleaseMessage and PurgeReleaseMessage of ERN 4.3.2.

The order of the parts is that of DDEX's schema (ern/432); rights.md 1.1 for what is required.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.values import is_allowed
from pennywhistle.engines.ddex.write_deals import (
    RELEASE_REFERENCE,
    VISIBILITY_REFERENCE,
    deals_xml,
    instant_text,
    release_reference,
)
from pennywhistle.engines.ddex.write_parties import (
    RELEASE_SCHEMES,
    PartyList,
    artists_xml,
    correspondent_xml,
    numbers_xml,
    word_xml,
)
from pennywhistle.engines.ddex.write_resources import (
    COVER_REFERENCE,
    enclosed_reference,
    lines_xml,
    resource_reference,
    resources_xml,
    titles_xml,
    warning_xml,
)
from pennywhistle.engines.ddex.write_xml import document, element, text, text_if

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pennywhistle.engines.ddex.write_facts import Heading, Number, Played, ReleaseFacts

_NAMESPACE = "http://ddex.net/xml/ern/432"
# The edition of DDEX's value lists whose words are used here.
_VALUES_VERSION = "8"
_PROFILE, _PROFILE_OF_ONE = "Audio", "SimpleAudioSingle"


def write_release(facts: ReleaseFacts, heading: Heading) -> bytes:
    """Write a release as a NewReleaseMessage of ERN 4.3.2, in UTF-8.

    Without sales it is a take-down. Price codes are marked as the sender's own. `facts` has at
    least one identifier, one artist and one track.
    """
    assert facts.numbers, "a release has an identifier"
    parties = PartyList()
    # Whoever is named while these are written stands in the list before them.
    resources = resources_xml(facts, parties)
    releases = _releases(facts, parties)
    inner = (
        _heading(heading)
        + parties.xml()
        + resources
        + releases
        + deals_xml(facts, heading.sender.dpid)
    )
    return document(
        "NewReleaseMessage",
        inner,
        namespace=_NAMESPACE,
        prefix="ern",
        ReleaseProfileVersionId=_PROFILE_OF_ONE if len(facts.tracks) == 1 else _PROFILE,
        AvsVersionId=_VALUES_VERSION,
        LanguageAndScriptCode=facts.language,
    )


def write_purge(
    heading: Heading, *, numbers: Iterable[Number], title: str, language: str = "en"
) -> bytes:
    """Write a PurgeReleaseMessage of ERN 4.3.2: the sender wants the release gone (E7)."""
    purged = element("ReleaseId", numbers_xml(numbers, RELEASE_SCHEMES))
    purged += element("Title", text("TitleText", title)) if title else ""
    return document(
        "PurgeReleaseMessage",
        _heading(heading) + element("PurgedRelease", purged),
        namespace=_NAMESPACE,
        prefix="ern",
        AvsVersionId=_VALUES_VERSION,
        LanguageAndScriptCode=language,
    )


def _heading(heading: Heading) -> str:
    return element(
        "MessageHeader",
        text_if("MessageThreadId", heading.thread_id)
        + text("MessageId", heading.message_id)
        + correspondent_xml("MessageSender", heading.sender)
        + correspondent_xml("MessageRecipient", heading.recipient)
        + text("MessageCreatedDateTime", instant_text(heading.created_at))
        + text("MessageControlType", "TestMessage" if heading.is_test else "LiveMessage"),
    )


def _releases(facts: ReleaseFacts, parties: PartyList) -> str:
    label = text("ReleaseLabelReference", parties.reference(facts.label))
    # A genre is required, and a text without letters is allowed: so nothing is made up.
    genre = element("DisplayGenre", text("GenreText", facts.genre))
    is_shown = bool(facts.sales and facts.shown_from)
    visibility = text("ReleaseVisibilityReference", VISIBILITY_REFERENCE) if is_shown else ""
    main = element(
        "Release",
        text("ReleaseReference", RELEASE_REFERENCE)
        + word_xml("ReleaseType", facts.kind, is_allowed("release-type", facts.kind))
        + element("ReleaseId", numbers_xml(facts.numbers, RELEASE_SCHEMES))
        + titles_xml(facts.title)
        + text("DisplayArtistName", facts.artist_line)
        + artists_xml(facts.artists, parties)
        + label
        + lines_xml(facts.lines)
        + genre
        + text("ReleaseDate", facts.released_on.isoformat())
        + visibility
        + warning_xml(is_explicit=facts.is_explicit)
        + _discs(facts)
        + text_if("Synopsis", facts.about),
    )
    tracks = "".join(
        _track_release(track, place, label + genre) for place, track in enumerate(facts.tracks)
    )
    return element("ReleaseList", main + tracks)


def _track_release(track: Played, place: int, label_and_genre: str) -> str:
    return element(
        "TrackRelease",
        text("ReleaseReference", release_reference(place))
        + element("ReleaseId", numbers_xml((track.own_id,), RELEASE_SCHEMES))
        + (titles_xml(track.place_title) if track.place_title else "")
        + text("ReleaseResourceReference", resource_reference(place))
        + label_and_genre,
    )


def _discs(facts: ReleaseFacts) -> str:
    """One component a disc; the tracks stand in their order, and what comes with them behind."""
    places = sorted(
        range(len(facts.tracks)),
        key=lambda place: (facts.tracks[place].disc_number, facts.tracks[place].track_number),
    )
    discs = "".join(
        _disc(facts, number, list(found))
        for number, found in groupby(places, key=lambda place: facts.tracks[place].disc_number)
    )
    cover = (
        text("LinkedReleaseResourceReference", COVER_REFERENCE, LinkDescription="CoverArt")
        if facts.cover
        else ""
    )
    enclosed = "".join(
        element(
            "ResourceGroupContentItem",
            text("ReleaseResourceReference", enclosed_reference(facts, place)),
        )
        for place in range(len(facts.enclosed))
    )
    return element("ResourceGroup", discs + enclosed + cover)


def _disc(facts: ReleaseFacts, number: int, places: list[int]) -> str:
    items = "".join(
        element(
            "ResourceGroupContentItem",
            text("SequenceNumber", facts.tracks[place].track_number)
            + text("ReleaseResourceReference", resource_reference(place)),
        )
        for place in places
    )
    return element(
        "ResourceGroup", text("SequenceNumber", number) + items, ResourceGroupType="Component"
    )
