"""Taking release messages in, and doing what they say, once each and one after the other.

`take_message` keeps the bytes and writes a row; `process_message` decodes the files, which is slow
and can be done again, and then does everything else in one transaction. Whatever is interrupted
before that goes on from its row, and whatever is called again afterwards changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import transaction

from pennywhistle.apps.intake import work
from pennywhistle.apps.intake.ern import standings
from pennywhistle.apps.intake.ern.applying import apply_release
from pennywhistle.apps.intake.ern.files import hear_plan
from pennywhistle.apps.intake.ern.finishing import (
    UNFINISHED,
    close,
    finish,
    finish_delivery,
    finish_refused,
    locked,
    save,
    supersede,
)
from pennywhistle.apps.intake.ern.notes import (
    error,
    plain_change,
    plain_findings,
    refusal_word,
    tell,
)
from pennywhistle.apps.intake.ern.order import Order
from pennywhistle.apps.intake.ern.planning import plan_of
from pennywhistle.apps.intake.ern.purging import apply_purge, end_of
from pennywhistle.apps.intake.ern.reading import read_row
from pennywhistle.apps.intake.ern.recordings import needs_drawing
from pennywhistle.apps.intake.ern.taking import take_message
from pennywhistle.apps.intake.models import Delivery, Message
from pennywhistle.apps.media import work as media
from pennywhistle.engines.ddex import Finding, NewRelease, Purge, Severity, keys_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.ern.reading import Read

__all__ = ["process_message", "refuse_held", "release_held", "take_message"]


def process_message(*, message_id: int, now: datetime) -> Message:
    """Do what a message says, or say why not; again, or at the same time by two: once.

    `message_id` is the row's own number. Nothing that a supplier sends makes this raise.
    """
    row = _row(message_id)
    if row.state not in UNFINISHED:
        return row
    Message.objects.filter(id=row.pk, state=Message.State.WAITING).update(
        state=Message.State.CHECKING
    )
    # What was wrong with its files when it was taken.
    return _process(row, [_finding(each) for each in row.findings], now)


def release_held(*, message_id: int, now: datetime) -> Message:
    """Look at a message that was held again, as the operator asks; it may be held again.

    It applies once the register says that the catalog goes from the one supplier to the other.
    """
    row = _row(message_id)
    # Its findings are of the last look, and found again if they are still true.
    return _process(row, [], now) if row.state == Message.State.HELD else row


def _row(message_id: int) -> Message:
    return Message.objects.select_related("supplier", "delivery", "parcel__mailbox").get(
        id=message_id
    )


def _process(row: Message, taken: Sequence[Finding], now: datetime) -> Message:
    read = read_row(row)
    if isinstance(read, Finding):
        return finish_refused(row, [read], now)
    if not read.is_usable or any(each.severity >= Severity.ERROR for each in taken):
        read = replace(read, findings=(*taken, *read.findings))
        end = end_of(read, row)
        return _purge(row, end, read, now) if end else finish_refused(row, read.findings, now)
    if read.is_test:
        return finish(row, Message.State.IGNORED, read.findings, {}, now)
    if isinstance(read.message, Purge):
        return _purge(row, read.message, read, now)
    return _release(row, read.message, read, now)


def refuse_held(
    *, message_id: int, why: str, now: datetime, cure: str = "Ask the store."
) -> Message:
    """Let a message that was held change nothing for good, and be done with its files.

    Its supplier hears why, and what it can do.
    """
    with transaction.atomic():
        row = Message.objects.select_for_update(of=("self",)).get(id=message_id)
        if row.state != Message.State.HELD:
            return row
        found = error("held-refused", why[:500], cure)
        row.state, row.finished_at = Message.State.REFUSED, now
        row.findings = plain_findings([found]) + row.findings
        row.save(update_fields=["state", "finished_at", "findings"])
        tell(row, refusal_word(found), now=now)
        finish_delivery(row, Delivery.State.REFUSED, now)
        return row


# --- new releases ------------------------------------------------------------------------


def _release(row: Message, message: NewRelease, read: Read, now: datetime) -> Message:
    main = message.contents.main
    assert main is not None, "a usable message has exactly one main release"
    assert read.offers is not None, "offers are made of every new release"
    if row.delivery is not None:
        work.hear_files(row.delivery, now=now)
    plan = plan_of(message, main, supplier=row.supplier.name, today=now.date())
    heard = hear_plan(plan, row.delivery)
    order = Order(row.supplier, message, main, read.offers, plan, heard, drawn=None)
    if needs_drawing(order):
        # Before anything is locked, because it takes a while.
        seed = f"{plan.release.artist_line}\n{plan.release.title}"
        order = replace(order, drawn=media.make_placeholder(seed))
    with transaction.atomic():
        standings.lock_for(row.supplier_id, keys_of(main))
        ours = locked(row)
        if ours is None:
            return Message.objects.get(id=row.pk)
        outcome = apply_release(order, now=now)
        findings = (*outcome.findings, *read.findings, *plan.findings, *heard.findings)
        return close(ours, message, outcome, tuple(dict.fromkeys(findings)), now)


# --- purges and refusals -----------------------------------------------------------------


def _purge(row: Message, message: Purge, read: Read, now: datetime) -> Message:
    with transaction.atomic():
        keys = [key for release in message.releases for key in keys_of(release)]
        standings.lock_for(row.supplier_id, keys)
        ours = locked(row)
        if ours is None:
            return Message.objects.get(id=row.pk)
        purged = apply_purge(message, supplier_id=ours.supplier_id, now=now)
        ours.release = purged.release
        for alert in (alert for change in purged.changes for alert in change.alerts):
            tell(ours, alert, release=purged.release, now=now)
        for wrong in (each for each in read.findings if each.severity >= Severity.ERROR):
            tell(ours, wrong, release=purged.release, now=now)
        if ours.delivery is not None:
            finish_delivery(ours, Delivery.State.REFUSED, now)
        if not any(change.takes_effect for change in purged.changes):
            state = Message.State.IGNORED
        else:
            state = Message.State.APPLIED
            supersede(ours)
        changes = [plain_change(change, message.envelope) for change in purged.changes]
        merged = changes[0] if changes else {}
        merged["closed"] = [place for each in changes for place in each["closed"]]
        return save(ours, state, read.findings, merged, now)


def _finding(plain: dict[str, Any]) -> Finding:
    severity = Severity[str(plain["severity"]).upper()]
    return Finding(**{**plain, "severity": severity})
