"""Taking release messages in, and doing what they say, once each and one after the other.

`take_message` keeps the bytes and writes a row; `process_message` decodes the files, which is slow
and can be done again, and then does everything else in one transaction. Whatever is interrupted
before that goes on from its row, and whatever is called again afterwards changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from pennywhistle.apps.intake import jobs, work
from pennywhistle.apps.intake.ern import standings
from pennywhistle.apps.intake.ern.applying import Order, Outcome, apply_release
from pennywhistle.apps.intake.ern.files import hear_plan
from pennywhistle.apps.intake.ern.folders import MESSAGES
from pennywhistle.apps.intake.ern.notes import (
    Word,
    error,
    plain_change,
    plain_findings,
    tell,
)
from pennywhistle.apps.intake.ern.planning import plan_of
from pennywhistle.apps.intake.ern.purging import apply_purge
from pennywhistle.apps.intake.ern.reading import Read, parse, read_row
from pennywhistle.apps.intake.folder import FolderError, Found, checked, delivered_path, kind_of
from pennywhistle.apps.intake.models import Delivery, Message
from pennywhistle.apps.intake.supplement import Supplement
from pennywhistle.apps.media import work as media
from pennywhistle.engines.ddex import Finding, NewRelease, Purge, Severity, keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

_UNFINISHED = (Message.State.WAITING, Message.State.CHECKING)


def take_message(
    *,
    supplier_id: int,
    document: bytes,
    files: Mapping[str, Path],
    source_name: str,
    now: datetime,
    parcel_id: int | None = None,
) -> Message:
    """Keep a message and the files that came with it; nothing is published by it.

    The same message id of the same sender again answers with the row that stands. What cannot be
    read becomes a row that says so. Nothing that a supplier sends makes this raise.

    Args:
        supplier_id: whose mailbox it came through.
        document: the message, byte for byte.
        files: where each file lies, by its path as the message names it.
        source_name: what the supplier called it.
        now: the instant.
        parcel_id: what it came in, if it came through a mailbox.
    """
    sha256 = MESSAGES.put([document]).sha256
    message = parse(document)
    row: dict[str, Any] = {
        "parcel_id": parcel_id,
        "source_name": source_name[:300] or "?",
        "sha256": sha256,
        "received_at": now,
    }
    if isinstance(message, Finding):
        return _unreadable(supplier_id, row, message)
    known = _known(supplier_id, message, sha256)
    if known is not None:
        return known
    delivery, findings = _take_files(supplier_id, files, row, now)
    return _written(supplier_id, message, row, delivery, findings)


def _unreadable(supplier_id: int, row: dict[str, Any], finding: Finding) -> Message:
    written, is_new = Message.objects.get_or_create(
        supplier_id=supplier_id,
        sha256=row["sha256"],
        kind=Message.Kind.UNREADABLE,
        defaults={
            **row,
            "state": Message.State.REFUSED,
            "findings": plain_findings([finding]),
            "finished_at": row["received_at"],
        },
    )
    if is_new:
        tell(written, _refusal(finding), now=row["received_at"])
    return written


def _known(supplier_id: int, message: NewRelease | Purge, sha256: str) -> Message | None:
    """The row of this message id of this sender; without an id, that of these very bytes."""
    own = Message.objects.filter(supplier_id=supplier_id)
    message_id = message.envelope.header.message_id[:200]
    if not message_id:
        return own.filter(message_id="", sha256=sha256).exclude(kind="unreadable").first()
    return own.filter(sender_dpid=message.envelope.sender_dpid[:40], message_id=message_id).first()


def _take_files(
    supplier_id: int, files: Mapping[str, Path], row: dict[str, Any], now: datetime
) -> tuple[Delivery | None, list[Finding]]:
    """The files in the store, and their delivery; or why there is none."""
    if not files:
        return None, []
    try:
        found = []
        for name, file in files.items():
            path = delivered_path(name.removeprefix("./").lstrip("/"))
            found.append(Found(path, file, kind_of(path, file), file.stat().st_size))
        taken = work.take(checked(found))
    except FolderError as refusal:
        cure = "Send the release again with fewer or smaller files."
        return None, [error(refusal.code, str(refusal), cure)]
    delivery = work.open_delivery(
        supplier_id=supplier_id,
        source_name=row["source_name"],
        taken=taken,
        supplement=Supplement(),
        now=now,
        belongs_to=row["sha256"],
    )
    return delivery, []


@transaction.atomic
def _written(
    supplier_id: int,
    message: NewRelease | Purge,
    row: dict[str, Any],
    delivery: Delivery | None,
    findings: Sequence[Finding],
) -> Message:
    is_purge = isinstance(message, Purge)
    values = {
        **row,
        "kind": Message.Kind.PURGE if is_purge else Message.Kind.NEW_RELEASE,
        "created_at": message.envelope.header.created_at,
        "findings": plain_findings(findings),
    }
    message_id = message.envelope.header.message_id[:200]
    if not message_id:
        return Message.objects.create(supplier_id=supplier_id, delivery=delivery, **values)
    written, is_new = Message.objects.get_or_create(
        supplier_id=supplier_id,
        sender_dpid=message.envelope.sender_dpid[:40],
        message_id=message_id,
        defaults={**values, "delivery": delivery},
    )
    if not is_new and delivery is not None and not hasattr(delivery, "message"):
        # Another worker was first with the same id and other files.
        Delivery.objects.filter(id=delivery.pk).update(state=Delivery.State.REFUSED)
    return written


def process_message(*, message_id: int, now: datetime) -> Message:
    """Do what a message says, or say why not; again, or at the same time by two: once.

    `message_id` is the row's own number. Nothing that a supplier sends makes this raise.
    """
    row = Message.objects.select_related("supplier", "delivery", "parcel__mailbox").get(
        id=message_id
    )
    if row.state not in _UNFINISHED:
        return row
    Message.objects.filter(id=row.pk, state=Message.State.WAITING).update(
        state=Message.State.CHECKING
    )
    taken = [_finding(each) for each in row.findings]
    read = read_row(row)
    if isinstance(read, Finding):
        return _finish_refused(row.pk, [read], now)
    if not read.is_usable or taken:
        return _finish_refused(row.pk, [*taken, *read.findings], now)
    if read.is_test:
        return _finish(row.pk, Message.State.IGNORED, read.findings, {}, now)
    if isinstance(read.message, Purge):
        return _purge(row.pk, read.message, read, now)
    return _release(row, read.message, read, now)


def release_held(*, message_id: int, now: datetime) -> Message:
    """Look at a message that was held again, as the operator asks; it may be held again.

    It applies once the register says that the catalog goes from the one supplier to the other.
    """
    Message.objects.filter(id=message_id, state=Message.State.HELD).update(
        state=Message.State.WAITING, finished_at=None, findings=[]
    )
    return process_message(message_id=message_id, now=now)


def refuse_held(*, message_id: int, why: str, now: datetime) -> Message:
    """Let a message that was held change nothing for good; its supplier hears why."""
    with transaction.atomic():
        row = Message.objects.select_for_update(of=("self",)).get(id=message_id)
        if row.state != Message.State.HELD:
            return row
        found = error("held-refused", why[:500], "Ask the store.")
        row.state, row.finished_at = Message.State.REFUSED, now
        row.findings = plain_findings([found]) + row.findings
        row.save(update_fields=["state", "finished_at", "findings"])
        tell(row, _refusal(found), now=now)
        return row


# --- new releases ------------------------------------------------------------------------


def _release(row: Message, message: NewRelease, read: Read, now: datetime) -> Message:
    main = message.contents.main
    assert main is not None, "a usable message has exactly one main release"
    assert read.offers is not None, "offers are made of every new release"
    if row.delivery is not None:
        work.hear_files(row.delivery)
    plan = plan_of(message, main, supplier=row.supplier.name, today=now.date())
    heard = hear_plan(plan, row.delivery)
    drawn = media.make_placeholder(f"{plan.release.artist_line}\n{plan.release.title}")
    order = Order(row.supplier, message, main, read.offers, plan, heard, drawn)
    with transaction.atomic():
        standings.lock_for(row.supplier_id, keys_of(main))
        locked = _locked(row.pk)
        if locked is None:
            return Message.objects.get(id=row.pk)
        outcome = apply_release(order, now=now)
        findings = (*outcome.findings, *read.findings, *plan.findings, *heard.findings)
        return _close(locked, message, outcome, tuple(dict.fromkeys(findings)), now)


def _close(
    row: Message, message: NewRelease, outcome: Outcome, findings: Sequence[Finding], now: datetime
) -> Message:
    """Write down what became of a message, and tell whom it concerns."""
    row.release = outcome.release
    change = plain_change(outcome.change, message.envelope, grants=outcome.grants)
    for alert in outcome.change.alerts:
        tell(row, alert, release=outcome.release, now=now)
    if outcome.held_by is not None:
        _tell_of_hold(row, outcome, now)
        return _save(row, Message.State.HELD, findings, change, now)
    if not outcome.change.takes_effect:
        return _save(row, Message.State.IGNORED, findings, change, now)
    _supersede(row, outcome)
    for finding in outcome.findings:
        tell(row, finding, release=outcome.release, now=now)
    if not outcome.is_whole:
        _finish_delivery(row, Delivery.State.REFUSED, now)
        return _save(row, Message.State.REFUSED, findings, change, now)
    _finish_delivery(row, Delivery.State.PUBLISHED, now)
    return _save(row, Message.State.APPLIED, findings, change, now)


def _finish_delivery(row: Message, state: Delivery.State, now: datetime) -> None:
    delivery = row.delivery
    if delivery is None:
        return
    delivery.state, delivery.checked_at = state, delivery.checked_at or now
    if state == Delivery.State.PUBLISHED:
        delivery.published_at = now
        if row.release is not None:
            delivery.releases.add(row.release)
        jobs.make_previews.defer(delivery_id=delivery.pk, asked_at=now.isoformat())
    delivery.save(update_fields=["state", "checked_at", "published_at"])


def _supersede(row: Message, outcome: Outcome) -> None:
    if outcome.release is None:
        return
    former = Message.objects.filter(
        supplier_id=row.supplier_id, release=outcome.release, state=Message.State.APPLIED
    )
    former.exclude(id=row.pk).update(state=Message.State.SUPERSEDED)


def _tell_of_hold(row: Message, outcome: Outcome, now: datetime) -> None:
    other = outcome.held_by
    assert other is not None, "only what is held is told of"
    newcomer = Word(
        "held-other-supplier",
        f"{other.name} delivers this release already. Your message waits for the store.",
        "Tell the store from when on the catalog is yours.",
    )
    present = Word(
        "held-other-supplier",
        f"{row.supplier.name} has sent a release that you deliver. It is not sold by them until "
        "the store has decided.",
        "If the catalog changes hands, tell the store when; if not, tell it that.",
    )
    tell(row, newcomer, now=now)
    tell(row, present, supplier_id=other.pk, now=now)


# --- purges and refusals -----------------------------------------------------------------


def _purge(message_id: int, message: Purge, read: Read, now: datetime) -> Message:
    with transaction.atomic():
        row = Message.objects.get(id=message_id)
        keys = [key for release in message.releases for key in keys_of(release)]
        standings.lock_for(row.supplier_id, keys)
        locked = _locked(message_id)
        if locked is None:
            return Message.objects.get(id=message_id)
        purged = apply_purge(message, supplier_id=locked.supplier_id, now=now)
        locked.release = purged.release
        for alert in (alert for change in purged.changes for alert in change.alerts):
            tell(locked, alert, release=purged.release, now=now)
        takes_effect = any(change.takes_effect for change in purged.changes)
        state = Message.State.APPLIED if takes_effect else Message.State.IGNORED
        if takes_effect and locked.release is not None:
            _supersede(locked, Outcome(purged.changes[0], release=locked.release))
        changes = [plain_change(change, message.envelope) for change in purged.changes]
        merged = changes[0] if changes else {"takes_effect": False}
        merged["closed"] = [place for each in changes for place in each["closed"]]
        return _save(locked, state, read.findings, merged, now)


def _finish_refused(message_id: int, findings: Sequence[Finding], now: datetime) -> Message:
    worst = max(findings, key=lambda finding: finding.severity)
    return _finish(message_id, Message.State.REFUSED, findings, {}, now, tell_of=worst)


@transaction.atomic
def _finish(
    message_id: int,
    state: Message.State,
    findings: Sequence[Finding],
    change: dict[str, Any],
    now: datetime,
    *,
    tell_of: Finding | None = None,
) -> Message:
    row = _locked(message_id)
    if row is None:
        return Message.objects.get(id=message_id)
    if tell_of is not None:
        tell(row, _refusal(tell_of), now=now)
    _finish_delivery(row, Delivery.State.REFUSED, now)
    return _save(row, state, findings, change, now)


def _locked(message_id: int) -> Message | None:
    """The row, if nobody has finished it meanwhile."""
    row = (
        Message.objects.select_for_update(of=("self",))
        .select_related("supplier", "delivery")
        .get(id=message_id)
    )
    return row if row.state in _UNFINISHED else None


def _save(
    row: Message,
    state: Message.State,
    findings: Sequence[Finding],
    change: dict[str, Any],
    now: datetime,
) -> Message:
    row.state, row.finished_at, row.change = state, now, change
    row.findings = plain_findings(findings)
    row.save(update_fields=["state", "finished_at", "change", "findings", "release"])
    return row


def _refusal(finding: Finding) -> Word:
    return Word("message-refused", finding.sentence, finding.cure)


def _finding(plain: dict[str, Any]) -> Finding:
    severity = Severity[str(plain["severity"]).upper()]
    return Finding(**{**plain, "severity": severity})
