"""Reading a message that lies in the store, and judging whether this supplier may send it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from pennywhistle.apps.intake.ern import standings
from pennywhistle.apps.intake.ern.folders import MESSAGES
from pennywhistle.apps.intake.ern.notes import error
from pennywhistle.apps.intake.ern.parsed import PARSED
from pennywhistle.apps.intake.message_limits import message_limits, schemas_folder
from pennywhistle.apps.intake.message_schemas import schema_word
from pennywhistle.apps.parties.models import PartyIdentifier
from pennywhistle.engines.ddex import (
    Finding,
    Manifest,
    MessageRefusedError,
    NewRelease,
    Policy,
    Purge,
    Severity,
    check,
    keys_of,
    offers_of,
    read_message,
)

if TYPE_CHECKING:
    from pennywhistle.apps.intake.models import Message as MessageRow
    from pennywhistle.engines.ddex import Offers

SENDER_UNKNOWN = "sender-unknown"
# A time without a zone is taken for UTC, and the first clocks of the world are 14 hours ahead.
_AHEAD_MAX = timedelta(days=1)
_SCHEMA_FINDINGS_MAX = 20


@dataclass(frozen=True, slots=True)
class Read:
    """A message in the engine's words with all that was found; `offers` only of new releases."""

    message: NewRelease | Purge
    findings: tuple[Finding, ...]
    offers: Offers | None = None

    @property
    def is_usable(self) -> bool:
        """Whether nothing is wrong with the message as a whole."""
        return all(finding.severity < Severity.ERROR for finding in self.findings)

    @property
    def is_its_suppliers(self) -> bool:
        """Whether it says who sends it, and that is its supplier."""
        found = {finding.code for finding in self.findings}
        return found.isdisjoint({"sender-missing", SENDER_UNKNOWN})

    @property
    def is_test(self) -> bool:
        """Whether it is only meant to be looked at."""
        return self.message.envelope.header.is_test


def parse(document: bytes) -> NewRelease | Purge | Finding:
    """A message, or why these bytes are none. Never raises."""
    try:
        message = read_message(document, message_limits())
    except MessageRefusedError as refusal:
        return error(getattr(refusal, "code", "unreadable"), str(refusal), "Send it anew.")
    if isinstance(message, Manifest):
        return error(
            "manifest",
            "This is the manifest of a batch, and no message about a release.",
            "Put it where the batch is, under its own name.",
        )
    return message


def read_row(row: MessageRow) -> Read | Finding:
    """A message with its offers and all findings; read anew unless it has just been taken."""
    message: NewRelease | Purge | Finding | None = PARSED.take((row.sha256, message_limits()))
    if message is None:
        with MESSAGES.open(row.sha256) as file:
            message = parse(file.read())
    if isinstance(message, Finding):
        return message
    offers = offers_of(message, _policy(row)) if isinstance(message, NewRelease) else None
    findings = (
        *check(message, offers, message_limits()),
        *_sender_findings(message, row),
        *_time_findings(message, row),
        *_key_findings(message),
        *_schema_findings(row),
    )
    return Read(message, findings, offers)


def _schema_findings(row: MessageRow) -> list[Finding]:
    """What DDEX's schema finds: told, and no reason to refuse what our own checks let pass."""
    if not schemas_folder().is_dir():
        return []
    with MESSAGES.open(row.sha256) as file:
        word = schema_word(file.read(), message_limits())
    shown = word.findings[:_SCHEMA_FINDINGS_MAX]
    return [replace(each, severity=min(each.severity, Severity.WARNING)) for each in shown]


def _policy(row: MessageRow) -> Policy:
    """What the contract settles, and by which numbers the store knows itself (E1, E5)."""
    parcel = row.parcel
    return Policy(
        own_keys=frozenset({f"dpid:{settings.DPID}"} if settings.DPID else ()),
        accepts_missing_start=parcel is not None and parcel.mailbox.accepts_missing_start,
    )


def _sender_findings(message: NewRelease | Purge, row: MessageRow) -> list[Finding]:
    """Only a supplier's own messages, or those sent on its behalf, are taken from it."""
    found = []
    envelope = message.envelope
    behalf = envelope.parties.get(envelope.header.on_behalf_of)
    said = {envelope.sender_dpid, behalf.dpid if behalf else ""} - {""}
    own = PartyIdentifier.objects.filter(party_id=row.supplier_id, scheme="dpid", value__in=said)
    if said and not own.exists():
        found.append(
            error(
                SENDER_UNKNOWN,
                f"{', '.join(sorted(said))} is no DPID that this store has on record for you.",
                "Ask the store to record your DPID, then send the message again.",
                value=", ".join(sorted(said)),
            )
        )
    if envelope.header.is_test and settings.IS_PRODUCTION:
        found.append(
            error(
                "test-message",
                "This is a test message, and this is the store where things are sold.",
                "Send test messages to the store's test system, and this one as LiveMessage.",
            )
        )
    return found


def _time_findings(message: NewRelease | Purge, row: MessageRow) -> list[Finding]:
    """A message from the future would be newer than all that its sender says until then (E6)."""
    header = message.envelope.header
    if header.created_at is None or header.created_at <= row.received_at + _AHEAD_MAX:
        return []
    return [
        error(
            "created-in-future",
            f"The message says that it was made at {header.created.raw[:80]}, which is to come.",
            "Set your clock, and send the message again with the present time.",
            value=header.created.raw,
        )
    ]


def _key_findings(message: NewRelease | Purge) -> list[Finding]:
    """What cannot be found again could never be taken down."""
    main = message.contents.main if isinstance(message, NewRelease) else None
    if main is None or standings.bounded(keys_of(main)):
        return []
    value = next((identity.text for identity in main.identities if identity.text), "")
    return [
        error(
            "identifier-form",
            "The release has no identifier by which this store could find it again.",
            "Give it a GRid, an ICPN or your own, of ordinary length.",
            value=value,
        )
    ]
