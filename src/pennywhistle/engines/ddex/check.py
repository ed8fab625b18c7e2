"""The checks that need the whole message: structure, references, and the deal rules (E1 to E12).

What can be seen while reading is already among the message's findings; `check` returns all.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.check_deals import deal_findings
from pennywhistle.engines.ddex.findings import Finding, FindingList, Severity
from pennywhistle.engines.ddex.limits import USUAL_LIMITS
from pennywhistle.engines.ddex.message import Manifest, NewRelease, Purge
from pennywhistle.engines.ddex.versions import MANIFEST_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.engines.ddex.deals import Offers
    from pennywhistle.engines.ddex.limits import Limits
    from pennywhistle.engines.ddex.message import (
        Envelope,
        Group,
        Item,
        Message,
        Release,
        Resource,
    )

_PLAYED = frozenset({"recording", "video"})


def check(
    message: Message, offers: Offers | None = None, limits: Limits = USUAL_LIMITS
) -> tuple[Finding, ...]:
    """Return all findings about a message, worst first. Never raises.

    `offers` is what `offers_of` said about it; without them the deal rules are not checked.
    """
    found = FindingList(limits)
    for finding in message.envelope.findings:
        found.add(finding)
    for finding in _own_findings(message, offers):
        found.add(finding)
    return found.items


def _own_findings(message: Message, offers: Offers | None) -> Iterator[Finding]:
    yield from _envelope_findings(message.envelope)
    if isinstance(message, NewRelease):
        yield from _release_findings(message)
        yield from _reference_findings(message)
        yield from _track_findings(message)
        yield from _resource_findings(message)
        if offers is not None:
            yield from deal_findings(message, offers)
    elif isinstance(message, Purge):
        yield from _purge_findings(message)
    else:
        yield from _manifest_findings(message)


def _envelope_findings(envelope: Envelope) -> Iterator[Finding]:
    header, path = envelope.header, "/*/MessageHeader"
    if not envelope.version.is_current:
        sentence = f"ERN {envelope.version.name} is read, but no longer exchanged by DDEX."
        cure = "Move to ERN 4.3.2."
        yield Finding(
            "version-old", Severity.NOTICE, "/*", envelope.version.name, sentence, cure, "S1"
        )
    if not envelope.sender_dpid:
        sentence = "The sender has no DPID, so nobody can tell later messages to be its own."
        yield Finding("sender-missing", Severity.ERROR, path, "", sentence, "Send your DPID.", "E7")
    # A manifest has none: it is known by its batch.
    if not header.message_id and envelope.version is not MANIFEST_VERSION:
        sentence = "The message has no MessageId, so it cannot be told from a copy."
        yield Finding(
            "message-id-missing",
            Severity.ERROR,
            path,
            "",
            sentence,
            "Give every message its own.",
            "E6",
        )
    if header.is_test:
        yield Finding(
            "test-message",
            Severity.NOTICE,
            path,
            "TestMessage",
            "This is a test message.",
            "Send LiveMessage to publish.",
            "S1",
        )


# --- releases ----------------------------------------------------------------------------


def _release_findings(message: NewRelease) -> Iterator[Finding]:
    mains = [release for release in message.contents.releases if release.is_main]
    if len(mains) != 1:
        value = ", ".join(release.reference for release in mains)
        sentence = f"The message has {len(mains)} main releases; it must have exactly one."
        cure = "Send one message per release, and mark its main release."
        yield Finding("main-count", Severity.ERROR, "/*/ReleaseList", value, sentence, cure, "S1")
    for release in message.contents.releases:
        if not any(identity.text for identity in release.identities):
            yield _at(
                release,
                "identifier-missing",
                Severity.ERROR,
                ("The release has no identifier.", "Give it a GRid, an ICPN or your own."),
                "S5",
            )
        schemes = {identity.scheme for identity in release.identities}
        if message.envelope.version.family > 3 and "isrc" in schemes:  # noqa: PLR2004
            yield _at(
                release,
                "isrc-as-release",
                Severity.WARNING,
                (
                    "An ISRC names a recording; ERN 4 does not allow it as a release's identifier.",
                    "Send it as ProprietaryId.",
                ),
                "S5",
            )
        if release.is_main and not any(title.text for title in release.titles):
            yield _at(
                release,
                "title-missing",
                Severity.WARNING,
                ("The release has no title.", "Send its display title."),
                "S5",
            )


def _at(
    thing: Release | Resource, code: str, severity: Severity, said: tuple[str, str], rule: str
) -> Finding:
    return Finding(code, severity, thing.path, thing.reference, said[0], said[1], rule, thing.line)


def _track_findings(message: NewRelease) -> Iterator[Finding]:
    """Exactly one track release for each resource that the main release plays."""
    main = message.contents.main
    if main is None:
        return
    kinds = {resource.reference: resource.kind for resource in message.contents.resources}
    played = [
        reference for reference in dict.fromkeys(_primary(main)) if kinds.get(reference) in _PLAYED
    ]
    tracks = Counter(
        item.resource
        for release in message.contents.releases
        if release.is_track
        for item in release.resources
        if item.resource and _is_primary(item)
    )
    for reference in played:
        count = tracks[reference]
        if count == 1 or (count == 0 and main.is_track):
            continue
        code = "track-release-missing" if count == 0 else "track-release-twice"
        sentence = f"{reference} has {count} track releases; it must have exactly one."
        cure = "Send one TrackRelease for each recording on the release, with or without a deal."
        yield _at(main, code, Severity.WARNING, (sentence, cure), "S4")


def _is_primary(item: Item) -> bool:
    return item.kind is None or item.kind.value != "SecondaryResource"


def _primary(release: Release) -> Iterator[str]:
    for item in (*release.resources, *items_of(release.groups)):
        if item.resource and _is_primary(item):
            yield item.resource


def items_of(groups: tuple[Group, ...]) -> Iterator[Item]:
    """The items of groups and of the groups within them, in the order of the file."""
    for group in groups:
        yield from group.items
        yield from items_of(group.groups)


# --- references --------------------------------------------------------------------------


def _reference_findings(message: NewRelease) -> Iterator[Finding]:
    contents = message.contents
    yield from _twice(contents.resources)
    yield from _twice(contents.releases)
    resources = {resource.reference for resource in contents.resources}
    releases = {release.reference for release in contents.releases}
    visibilities = {visibility.reference for visibility in contents.visibilities}
    for release in contents.releases:
        items = (*release.resources, *items_of(release.groups))
        for reference in dict.fromkeys(item.resource for item in items):
            if reference and reference not in resources:
                yield _unresolved(release.path, release.line, reference, Severity.ERROR)
        for reference in release.visibilities:
            if reference not in visibilities:
                yield _unresolved(release.path, release.line, reference, Severity.WARNING)
    # Deals side by side are for the same releases, one object; those are looked at once.
    for deal in {id(deal.releases): deal for deal in reversed(contents.deals)}.values():
        for reference in deal.releases:
            if reference not in releases:
                yield _unresolved(deal.path, deal.line, reference, Severity.ERROR)


def _twice(things: tuple[Release, ...] | tuple[Resource, ...]) -> Iterator[Finding]:
    counts = Counter(thing.reference for thing in things)
    for thing in things:
        if counts[thing.reference] > 1:
            said = (f"{thing.reference!r} names two things.", "Give each its own reference.")
            yield _at(thing, "reference-twice", Severity.ERROR, said, "S3")


def _unresolved(path: str, line: int, reference: str, severity: Severity) -> Finding:
    sentence = f"{reference[:80]!r} refers to nothing in the message."
    cure = "Add what it refers to, or mend the reference."
    return Finding("reference-unresolved", severity, path, reference, sentence, cure, "S3", line)


# --- resources, purges, manifests --------------------------------------------------------


def _resource_findings(message: NewRelease) -> Iterator[Finding]:
    for resource in message.contents.resources:
        schemes = {identity.scheme for identity in resource.identities}
        if resource.kind == "recording" and "isrc" not in schemes:
            said = ("The recording has no ISRC.", "Send its ISRC.")
            yield _at(resource, "isrc-missing", Severity.WARNING, said, "S5")
        files = [
            file
            for edition in resource.editions
            for form in edition.delivered
            for file in form.files
        ]
        if any(file.hash is None for file in files):
            said = (
                "A file has no digest, so a damaged one is noticed only when it is decoded.",
                "Send a HashSum with every file.",
            )
            yield _at(resource, "hash-missing", Severity.NOTICE, said, "S5")


def _purge_findings(message: Purge) -> Iterator[Finding]:
    if not any(release.identities for release in message.releases):
        sentence = "The message does not say which release to purge."
        cure = "Send its identifiers."
        yield Finding("identifier-missing", Severity.ERROR, "/*", "", sentence, cure, "E7")


def _manifest_findings(message: Manifest) -> Iterator[Finding]:
    count = len(message.entries)
    if message.message_count != count:
        sentence = f"The manifest says {message.message_count} messages and lists {count}."
        cure = "Send the batch again, whole."
        yield Finding(
            "manifest-count",
            Severity.ERROR,
            "/ManifestMessage",
            str(message.message_count),
            sentence,
            cure,
            "S7",
        )
