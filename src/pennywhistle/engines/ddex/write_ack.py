"""Writes acknowledgements: what became of a message, in DDEX's form and with its own words.

The form is the FtpAcknowledgementMessage of DDEX's release delivery choreography (namespace
ern-c-sftp/16), the words are those of its list ErncFileStatus. Pure: values in, bytes out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from lxml import etree  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

NAMESPACE = "http://ddex.net/xml/ern-c-sftp/16"
MESSAGE_VERSION = "1.6"
FILE_OK = "FileOK"
RESEND_XML = "ResendXmlOnly"
RESEND_ALL = "ResendXmlAndResources"

error_text_chars_max = 4_000

# What cannot stand in an XML document (XML 1.0, section 2.2).
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_RELEASE_ID_CHARS_MAX = 100

# By the code of a finding (docs/supplying/acknowledgements.md).
_WORDS: tuple[tuple[str, str], ...] = (
    ("SignatureOrHashSumWrongOrMissing", "hash-wrong hash-unknown hash-missing"),
    ("ErnMissing", "message-missing"),
    ("NewReleaseMessageInvalid", "not-xml encoding doctype too-large too-deep too-many-parts"),
    ("NewReleaseMessageInvalid", "unknown-message unknown-version part-missing part-twice"),
    ("NewReleaseMessageInvalid", "main-count reference-twice reference-unresolved no-time"),
    ("NewReleaseMessageInvalid", "created-missing sender-missing message-id-missing"),
    ("NewReleaseMessageInvalid", "messages-several created-in-future"),
    ("ResourceMissing", "file-missing"),
    ("ResourceCorrupt", "incomplete-audio damaged-audio damaged-picture empty no-audio"),
    ("ResourceCorrupt", "file-not-audio file-refused unknown-format decoder-failed"),
    ("ResourceNotMeetingSpecifications", "several-streams outside-the-track format-changes"),
    ("ResourceNotMeetingSpecifications", "too-long too-many-channels unusual-sample-rate"),
    ("ResourceNotMeetingSpecifications", "too-much-work too-much-memory"),
    ("MetadataMissing", "identifier-missing title-missing isrc-missing"),
    ("PrimaryArtistNameMissing", "artist-missing"),
    ("IdentifierSyntaxInvalid", "identifier-form isrc-as-release"),
    ("IdentifierInvalid", "identifier-check"),
    ("ConflictingAvailabilityPeriods", "deals-overlap period-backwards price-twice"),
    ("NoDealForTrackRelease", "track-release-missing track-release-twice"),
    ("NoDealInNewReleaseMessage", "no-deal"),
    (
        "UnsupportedUsage",
        "condition-unknown condition-unmet channel-other model-missing too-many-terms",
    ),
    ("CommercialReleaseDateInvalid", "date-unreadable start-missing"),
)
STATUS_BY_CODE: dict[str, str] = {
    code: status for status, codes in _WORDS for code in codes.split()
}
_RESOURCES = frozenset({"ResourceMissing", "ResourceCorrupt", "ResourceNotMeetingSpecifications"})


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A sender or recipient: its DPID, or another number with the name of who gives it out."""

    name: str
    dpid: str = ""
    number: str = ""
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What is said of one message, or of a batch as a whole (then `release_id` is the batch's).

    `status` is a word of ErncFileStatus; `own_status` is ours where it is UserDefined.
    """

    sender: Correspondent
    recipient: Correspondent
    created_at: datetime
    release_id: str
    status: str
    own_status: str = ""
    set_up_on: date | None = None
    error_text: str = ""

    @property
    def proposed_action(self) -> str:
        """What the sender should send again; "" if nothing."""
        if self.status == FILE_OK:
            return ""
        return RESEND_ALL if self.status in _RESOURCES else RESEND_XML


def status_of(codes: Iterable[str]) -> tuple[str, str]:
    """The word of DDEX's list for these codes of findings, and our own where it has none."""
    first = ""
    for code in codes:
        first = first or code
        if code in STATUS_BY_CODE:
            return STATUS_BY_CODE[code], ""
    return "UserDefined", first or "refused"


def acknowledgement_name(created_at: datetime, release_id: str) -> str:
    """The file's name: ACK_{YYYYMMDDhhmmssnnn}_{ReleaseId}.xml."""
    # Whole milliseconds, rounded down.
    moment = created_at.astimezone(UTC)
    stamp = f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}"
    named = _NO_NAME.sub("-", release_id).strip(".-")[:_RELEASE_ID_CHARS_MAX]
    return f"ACK_{stamp}_{named or 'unknown'}.xml"


def write_acknowledgement(acknowledgement: Acknowledgement) -> bytes:
    """The document: the same values make the same bytes."""
    root = etree.Element(f"{{{NAMESPACE}}}FtpAcknowledgementMessage", nsmap={"ern-c": NAMESPACE})
    root.set("MessageVersionId", MESSAGE_VERSION)
    header = etree.SubElement(root, "MessageHeader")
    _party(etree.SubElement(header, "MessageSender"), acknowledgement.sender)
    _party(etree.SubElement(header, "MessageRecipient"), acknowledgement.recipient)
    _text(header, "MessageCreatedDateTime", _moment(acknowledgement.created_at))
    file = etree.SubElement(root, "AcknowledgedFile")
    _text(file, "ReleaseId", acknowledgement.release_id)
    if acknowledgement.set_up_on is not None:
        _text(file, "Date", acknowledgement.set_up_on.isoformat())
    status = _text(root, "FileStatus", acknowledgement.status)
    if acknowledgement.own_status:
        status.set("Namespace", acknowledgement.sender.dpid or acknowledgement.sender.namespace)
        status.set("UserDefinedValue", _clean(acknowledgement.own_status))
    if acknowledgement.error_text:
        _text(root, "ErrorText", acknowledgement.error_text[:error_text_chars_max])
    if acknowledgement.proposed_action:
        _text(root, "ProposedActionType", acknowledgement.proposed_action)
        _text(root, "ManualCheckRequired", "true")
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _party(node: Any, party: Correspondent) -> None:  # noqa: ANN401 (lxml has no types)
    number = _text(node, "PartyId", party.dpid or party.number)
    if party.dpid:
        number.set("IsDPID", "true")
    elif party.namespace:
        number.set("Namespace", _clean(party.namespace))
    _text(etree.SubElement(node, "PartyName"), "FullName", party.name)


def _text(parent: Any, name: str, text: str) -> Any:  # noqa: ANN401 (lxml has no types)
    node = etree.SubElement(parent, name)
    node.text = _clean(text)
    return node


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _moment(moment: datetime) -> str:
    whole = moment.astimezone(UTC)
    whole -= timedelta(microseconds=whole.microsecond % 1000)
    return whole.isoformat(timespec="milliseconds").replace("+00:00", "Z")
