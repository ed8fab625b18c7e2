"""Reads a message: bytes in, frozen values in our words out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.errors import MessageRefusedError
from pennywhistle.engines.ddex.findings import Severity
from pennywhistle.engines.ddex.limits import USUAL_LIMITS
from pennywhistle.engines.ddex.message import (
    Envelope,
    Header,
    Manifest,
    ManifestEntry,
    Message,
    NewRelease,
    NewReleaseContents,
    NotKept,
    Purge,
    Release,
)
from pennywhistle.engines.ddex.moments import Meaning, Moment
from pennywhistle.engines.ddex.read_deals import read_deals, read_transfers, read_visibilities
from pennywhistle.engines.ddex.read_files import read_hash
from pennywhistle.engines.ddex.read_parties import (
    read_identity_parts,
    read_party_list,
    read_written_party,
)
from pennywhistle.engines.ddex.read_releases import read_releases
from pennywhistle.engines.ddex.read_resources import read_resources
from pennywhistle.engines.ddex.read_things import read_credits, read_titles
from pennywhistle.engines.ddex.reading import Reader
from pennywhistle.engines.ddex.tree import parse_tree
from pennywhistle.engines.ddex.versions import MANIFEST_VERSION, version_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pennywhistle.engines.ddex.limits import Limits
    from pennywhistle.engines.ddex.tree import Node

_LIVE = "LiveMessage"


def read_message(data: bytes, limits: Limits = USUAL_LIMITS) -> Message:
    """Read a NewReleaseMessage, a PurgeReleaseMessage or a ManifestMessage.

    Everything odd that can be seen while reading is in the `findings` of the message; `check`
    finds the rest. What has no place in the message is in its `not_kept`.

    Raises `MessageRefusedError` for bytes that are no such message, and nothing else.
    """
    tree = parse_tree(data, limits)
    version = version_of(tree.namespace)
    reader = Reader(tree, version, limits)
    read = _READERS.get(tree.root.name)
    if read is None or (version is MANIFEST_VERSION) != (read is _manifest):
        raise MessageRefusedError(
            "unknown-message",
            f"{tree.root.name[:80]!r} is not a message that this store takes.",
            "Send a NewReleaseMessage, a PurgeReleaseMessage or a ManifestMessage.",
        )
    return read(reader, tree.root)


def _only(reader: Reader, root: Node, name: str) -> Node | None:
    """The one part of this name; without it the message is no message."""
    found = root.take(name)
    if len(found) == 1:
        return found[0]
    if found:
        said = (f"There are {len(found)} of {name}; the first is read.", "Send one.")
        reader.report("part-twice", Severity.ERROR, found[1], name, said, "S1")
        return found[0]
    return None


def _needed(reader: Reader, root: Node, name: str) -> Node | None:
    node = _only(reader, root, name)
    if node is None:
        said = (f"{name} is missing.", "Send a whole message.")
        reader.report("part-missing", Severity.ERROR, root, name, said, "S1")
    return node


def _new_release(reader: Reader, root: Node) -> NewRelease:
    parties = _only(reader, root, "PartyList")
    if parties is not None:
        read_party_list(reader, parties)
    header = _header(reader, root)
    resources = _needed(reader, root, "ResourceList")
    releases = _needed(reader, root, "ReleaseList")
    deals = _only(reader, root, "DealList")
    contents = NewReleaseContents(
        profile=root.take_attribute("ReleaseProfileVersionId"),
        profile_variant=root.take_attribute("ReleaseProfileVariantVersionId"),
        business_profile=root.take_attribute("BusinessProfileVersionId"),
        values_version=root.take_attribute("AvsVersionId"),
        language=root.take_attribute("LanguageAndScriptCode"),
        update=reader.word_or_none(root, "UpdateIndicator", "update-indicator"),
        marks=reader.marks(root),
        resources=read_resources(reader, resources) if resources else (),
        releases=read_releases(reader, releases) if releases else (),
        deals=read_deals(reader, deals) if deals else (),
        visibilities=read_visibilities(reader, deals) if deals else (),
        transfers=read_transfers(reader, root),
    )
    return NewRelease(_envelope(reader, header), contents)


def _purge(reader: Reader, root: Node) -> Purge:
    parties = _only(reader, root, "PartyList")
    if parties is not None:
        read_party_list(reader, parties)
    header = _header(reader, root)
    releases = tuple(_purged(reader, child) for child in root.take("PurgedRelease"))
    language = root.take_attribute("LanguageAndScriptCode")
    values_version = root.take_attribute("AvsVersionId")
    return Purge(_envelope(reader, header), releases, language, values_version)


def _purged(reader: Reader, node: Node) -> Release:
    layers = [(node, None)]
    return Release(
        node.path,
        node.line,
        reference="",
        is_main=True,
        is_track=False,
        types=(),
        identities=read_identity_parts(reader, node, ("ReleaseId",)),
        titles=read_titles(reader, layers),
        credits=read_credits(reader, layers),
    )


def _manifest(reader: Reader, root: Node) -> Manifest:
    header = _header(reader, root)
    is_test = reader.flag(root, "IsTestFlag")
    contents = (
        reader.text(root, "RootDirectory"),
        reader.whole(root, "NumberOfMessages"),
        tuple(_entry(reader, child) for child in root.take("MessageInBatch")),
        root.take_attribute("MessageVersionId"),
    )
    return Manifest(_envelope(reader, header), is_test, *contents)


def _entry(reader: Reader, node: Node) -> ManifestEntry:
    digests = [read_hash(reader, child) for child in node.take("HashSum")]
    return ManifestEntry(
        reader.word_or_none(node, "MessageType"),
        reader.text(node, "MessageId"),
        reader.text(node, "URL"),
        read_identity_parts(reader, node, ("IncludedReleaseId",)),
        reader.word_or_none(node, "DeliveryType"),
        reader.word_or_none(node, "ProductType"),
        digests[0] if digests else None,
        reader.text(node, "Signature"),
    )


_READERS: dict[str, Callable[[Reader, Node], Message]] = {
    "NewReleaseMessage": _new_release,
    "PurgeReleaseMessage": _purge,
    "ManifestMessage": _manifest,
}


# --- what every message has --------------------------------------------------------------


def _header(reader: Reader, root: Node) -> Header:
    node = _needed(reader, root, "MessageHeader") or root
    created = reader.moment_or_none(node, ("MessageCreatedDateTime",))
    if created is None or not created.is_usable:
        said = (
            "The message does not say when it was made, so its place among others is unknown.",
            "Send MessageCreatedDateTime with a time and a zone.",
        )
        raw = created.raw if created else ""
        reader.report("created-missing", Severity.ERROR, node, raw, said, "E6")
    # Only what is said to be live in each word counts as live.
    is_test = any(part.text != _LIVE for part in node.parts.get("MessageControlType", ()))
    control = reader.word_or_none(node, "MessageControlType", "message-control")
    return Header(
        message_id=reader.text(node, "MessageId"),
        thread_id=reader.text(node, "MessageThreadId"),
        sender=_messaging_party(reader, node, "MessageSender"),
        on_behalf_of=_messaging_party(reader, node, "SentOnBehalfOf"),
        requested_by=_messaging_party(reader, node, "SentAsRequestedBy"),
        recipients=tuple(
            read_written_party(reader, child) for child in node.take("MessageRecipient")
        ),
        created=created or Moment("", Meaning.UNREADABLE),
        is_test=is_test,
        control=control,
        file_name=reader.text(node, "MessageFileName"),
        comments=reader.sayings([(node, None)], ("Comment",)),
        audit=_audit(reader, node),
        language=node.take_attribute("LanguageAndScriptCode"),
        schema_version=root.take_attribute("MessageSchemaVersionId"),
    )


def _messaging_party(reader: Reader, node: Node, name: str) -> str:
    child = node.take_one(name)
    return read_written_party(reader, child) if child is not None else ""


def _audit(reader: Reader, node: Node) -> tuple[tuple[str, Moment], ...]:
    """Through whose hands the message went, and when."""
    return tuple(
        (
            _messaging_party(reader, event, "MessagingPartyDescriptor"),
            reader.moment_or_none(event, ("DateTime",)) or Moment("", Meaning.UNREADABLE),
        )
        for trail in node.take("MessageAuditTrail")
        for event in trail.take("MessageAuditTrailEvent")
    )


def _envelope(reader: Reader, header: Header) -> Envelope:
    """Comes last: only what nobody has taken by now was not kept."""
    limits, tree = reader.limits, reader.tree
    not_kept: list[NotKept] = []
    count = 0
    for node in tree.left_in(tree.root):
        values = [("", node.text)] if node.text else []
        values.extend((f"/@{name}", value) for name, value in node.attributes.items())
        count += len(values)
        if len(not_kept) < limits.not_kept_max:
            path = node.path
            not_kept.extend(
                NotKept(path + end, value[: limits.value_length_max], node.line)
                for end, value in values
            )
    findings, counts = reader.findings.items, dict(reader.findings.counts)
    kept = tuple(not_kept[: limits.not_kept_max])
    return Envelope(reader.version, header, reader.parties, findings, counts, kept, count)
