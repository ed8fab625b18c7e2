"""Takes a complete parcel: every message of it once, however often this is interrupted.

The row of the parcel comes first, so that two workers cannot take it as two. Messages are known by
their ids, so that taking one again answers with the one that stands. Only when all are taken the
arrivals are written, in one transaction; whoever finds a parcel without that begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from pennywhistle.apps.intake.ern.notes import plain_findings
from pennywhistle.apps.intake.ern.receiving import take_message
from pennywhistle.apps.intake.message_limits import message_limits
from pennywhistle.apps.intake.models import Arrival, Message, Notice, Parcel
from pennywhistle.apps.intake.ways.ends import ends_at_once
from pennywhistle.apps.intake.ways.known import came_again, reused_id
from pennywhistle.apps.intake.ways.letters import (
    Contents,
    Opened,
    a_finding,
    listed_batch,
    manifest_path,
    opened,
    release_contents,
    unlisted_batch,
)
from pennywhistle.apps.intake.ways.limits import MANIFEST_BYTES_MAX
from pennywhistle.apps.intake.ways.names import SENT_AGAIN, parcel_name
from pennywhistle.apps.intake.ways.queueing import queue_ends
from pennywhistle.apps.intake.ways.staging import (
    Bench,
    clear,
    listing_digest,
    named_files,
)
from pennywhistle.engines.ddex import Finding, NewRelease, Purge, Severity, in_order
from pennywhistle.engines.ddex.digests import UnknownAlgorithmError, agrees, digester

_RELEASE_ID_CHARS_MAX = 200
_SENTENCE_CHARS_MAX = 1_000
_CURE_CHARS_MAX = 600

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.models import Mailbox
    from pennywhistle.apps.intake.ways.letters import Letter
    from pennywhistle.apps.intake.ways.names import ParcelName


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter that became a message, or why it did not."""

    letter: Letter
    message: Message | None
    findings: tuple[Finding, ...] = ()
    is_set_aside: bool = False
    is_end: bool = False


def take_parcel(
    *, mailbox: Mailbox, name: ParcelName, kept_as: str, bench: Bench, now: datetime
) -> Parcel:
    """Take everything that a complete parcel holds; `kept_as` is the name of its row.

    Raises ChangedError and UnreachableError: it is taken by the next look.
    """
    mark = manifest_path(bench.entries)
    parcel, _ = Parcel.objects.get_or_create(
        mailbox=mailbox,
        name=kept_as,
        defaults={"is_batch": bool(mark), "taken_at": now},
    )
    if parcel.taken_whole_at is not None:
        return parcel
    contents = contents_of(name, mark, bench)
    assert contents is not None, "a release's folder is ready when its message is there"
    if contents.is_refused:
        return _refuse(parcel, contents.findings, bench, now)
    taken = _take_all(mailbox, parcel, contents, bench, now)
    ends = [each.message.pk for each in taken if each.is_end and each.message is not None]
    # At once: a look of somebody else would queue them behind the others.
    with transaction.atomic():
        parcel = _close(parcel, contents, taken, bench, now)
        queue_ends(parcel=parcel, message_ids=ends, now=now)
    return parcel


def refuse_unread(
    *, mailbox: Mailbox, kept_as: str, finding: Finding, listing: str, now: datetime
) -> Parcel:
    """Write down a parcel that is not read at all, for what lies in it."""
    parcel, _ = Parcel.objects.get_or_create(
        mailbox=mailbox, name=kept_as, defaults={"taken_at": now}
    )
    return _write_refusal(parcel, (finding,), listing, now)


def contents_of(name: ParcelName, mark: str, bench: Bench) -> Contents | None:
    """What a parcel holds; `mark` completes a batch. None: a folder without a message."""
    if not mark:
        return release_contents(name, bench.entries)
    document = bench.read(mark, bytes_max=MANIFEST_BYTES_MAX)
    if not document:
        return unlisted_batch(bench.entries)
    takes_tests = not settings.IS_PRODUCTION
    return listed_batch(document, bench.entries, limits=message_limits(), takes_tests=takes_tests)


# --- messages ----------------------------------------------------------------------------


def _take_all(
    mailbox: Mailbox, parcel: Parcel, contents: Contents, bench: Bench, now: datetime
) -> list[Taken]:
    """Every letter, readable ones by the time of the message; takedowns win (faults.md 17)."""
    taken: list[Taken] = []
    read: dict[int, Opened] = {}
    for letter in contents.letters:
        found = open_letter(letter, bench)
        if isinstance(found, Opened):
            read[id(found.message)] = found
        else:
            taken.append(Taken(letter, None, found))
    messages = [each.message for each in read.values()]
    ordered, set_aside = in_order(
        message for message in messages if isinstance(message, NewRelease | Purge)
    )
    aside = {id(message) for message in set_aside}
    for message in [*ordered, *set_aside]:
        one = _take(mailbox, parcel, read.pop(id(message)), bench, now)
        taken.append(replace(one, is_set_aside=id(message) in aside))
    # What is not readable, or a manifest where a message should be: refused where messages are.
    taken.extend(_take(mailbox, parcel, each, bench, now) for each in read.values())
    return taken


def open_letter(letter: Letter, bench: Bench) -> Opened | tuple[Finding, ...]:
    """The message, or why it is refused before it is one."""
    if letter.findings:
        return letter.findings
    limits = message_limits()
    document = bench.read(letter.path, bytes_max=limits.bytes_max)
    if len(document) > limits.bytes_max:
        sentence = f"The message is larger than {limits.bytes_max:,} bytes."
        return (a_finding("too-large", letter.path, sentence, "Send a smaller one."),)
    return _damage(letter, document) or opened(letter, document, limits)


def _damage(letter: Letter, document: bytes) -> tuple[Finding, ...]:
    """What is wrong with a document by the digest in the manifest."""
    if letter.hash is None or not letter.hash.value:
        return ()
    try:
        computed = digester(letter.hash)
    except UnknownAlgorithmError as error:
        return (a_finding(error.code, letter.path, str(error), "Send MD5 or SHA-256."),)
    computed.update(document)
    if agrees(letter.hash, computed.digest()):
        return ()
    said = f"{letter.hash.algorithm} of the message is {computed.digest().hex()}, not "
    sentence = f"{said}{letter.hash.value[:128]} as the manifest says."
    return (a_finding("hash-wrong", letter.path, sentence, "Send it again, in a new batch."),)


def _take(mailbox: Mailbox, parcel: Parcel, read: Opened, bench: Bench, now: datetime) -> Taken:
    """One message with its files; whether these are what was sent is decided with the message."""
    files = named_files(bench, read)
    # Read again rather than kept: a batch may have a thousand of them.
    document = bench.read(read.letter.path, bytes_max=message_limits().bytes_max)
    message = take_message(
        supplier_id=mailbox.supplier_id,
        document=document,
        files=files,
        source_name=read.letter.source_name(parcel.name),
        now=now,
        parcel_id=parcel.pk,
    )
    clear(bench.room)
    if message.sha256 != bench.sha256s[read.letter.path]:
        return Taken(read.letter, None, (reused_id(message),))
    is_end = ends_at_once(read, supplier_id=mailbox.supplier_id)
    return Taken(read.letter, message, came_again(message, parcel), is_end=is_end)


# --- rows --------------------------------------------------------------------------------


@transaction.atomic
def _close(
    parcel: Parcel, contents: Contents, taken: Sequence[Taken], bench: Bench, now: datetime
) -> Parcel:
    """Write the arrivals: from here on the parcel is known with all that was in it."""
    parcel = Parcel.objects.select_for_update().get(id=parcel.pk)
    if parcel.taken_whole_at is not None:
        return parcel
    Arrival.objects.bulk_create(
        Arrival(
            parcel=parcel,
            path=each.letter.path,
            release_id=each.letter.release_id[:_RELEASE_ID_CHARS_MAX],
            message=each.message,
            findings=plain_findings(each.findings),
        )
        for each in taken
    )
    for each in taken:
        if each.is_set_aside and each.message is not None:
            _set_aside(each.message, parcel, now)
        for finding in each.findings:
            _tell(parcel, finding, now)
    findings = [*contents.findings, *_sent_again(parcel)]
    for finding in findings:
        _tell(parcel, finding, now)
    parcel.findings = plain_findings(findings)
    _sign(parcel, bench, now)
    parcel.save()
    return parcel


def _sent_again(parcel: Parcel) -> Iterator[Finding]:
    name, again, _ = parcel.name.partition(SENT_AGAIN)
    if again:
        said = f"A delivery called {name} was taken before; this one says something else."
        finding = a_finding("sent-again", name, said, "Give each delivery a name of its own.")
        yield replace(finding, severity=Severity.NOTICE)


def _refuse(parcel: Parcel, findings: tuple[Finding, ...], bench: Bench, now: datetime) -> Parcel:
    # Outside of the transaction: it may read documents.
    digest = bench.content_digest()
    listing = listing_digest(bench.entries)
    return _write_refusal(parcel, findings, listing, now, digest)


@transaction.atomic
def _write_refusal(
    parcel: Parcel, findings: tuple[Finding, ...], listing: str, now: datetime, digest: str = ""
) -> Parcel:
    """Nothing of the parcel is taken; it is acknowledged as a whole."""
    parcel = Parcel.objects.select_for_update().get(id=parcel.pk)
    if parcel.taken_whole_at is not None:
        return parcel
    read = parcel_name(parcel.name.partition(SENT_AGAIN)[0])
    Arrival.objects.create(
        parcel=parcel,
        path="",
        release_id=(read.subject if read else parcel.name)[:_RELEASE_ID_CHARS_MAX],
        findings=plain_findings(findings),
    )
    parcel.findings = plain_findings(findings)
    parcel.listing_digest, parcel.content_digest = listing, digest
    parcel.taken_whole_at = parcel.compared_at = now
    parcel.save()
    for finding in findings:
        _tell(parcel, finding, now)
    return parcel


def _sign(parcel: Parcel, bench: Bench, now: datetime) -> None:
    parcel.content_digest = bench.content_digest()
    parcel.listing_digest = listing_digest(bench.entries)
    parcel.size_bytes = sum(entry.size_bytes for entry in bench.entries.values())
    parcel.taken_whole_at = parcel.compared_at = now


def _set_aside(message: Message, parcel: Parcel, now: datetime) -> None:
    """An update in a batch that ends the sale of the same release does nothing."""
    said = (
        "The same batch ends the sale of this release; the end won.",
        "If it shall be sold, send the message again in a new batch.",
    )
    finding = a_finding("set-aside", message.message_id, *said)
    changed = Message.objects.unfinished().filter(id=message.pk, parcel=parcel)
    if changed.update(
        state=Message.State.IGNORED,
        findings=[*message.findings, *plain_findings([finding])],
        finished_at=now,
    ):
        _tell(parcel, finding, now, message)


def _tell(parcel: Parcel, finding: Finding, now: datetime, message: Message | None = None) -> None:
    Notice.objects.create(
        supplier_id=parcel.mailbox.supplier_id,
        message=message,
        level=Notice.Level.ALERT if finding.severity >= Severity.WARNING else Notice.Level.NOTE,
        code=finding.code,
        sentence=f"{parcel.name}: {finding.sentence}"[:_SENTENCE_CHARS_MAX],
        cure=finding.cure[:_CURE_CHARS_MAX],
        created_at=now,
    )
