"""Writing down what became of a message, in the transaction in which it did it, and telling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from pennywhistle.apps.intake import jobs
from pennywhistle.apps.intake.ern.notes import (
    Word,
    plain_change,
    plain_findings,
    refusal_word,
    tell,
)
from pennywhistle.apps.intake.models import Delivery, Message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.ern.order import Outcome
    from pennywhistle.engines.ddex import Finding, NewRelease

UNFINISHED = (Message.State.WAITING, Message.State.CHECKING)


def close(
    row: Message, message: NewRelease, outcome: Outcome, findings: Sequence[Finding], now: datetime
) -> Message:
    """Write down what became of a message, and tell whom it concerns."""
    row.release = outcome.release
    held_by = outcome.held_by.public_id if outcome.held_by else ""
    change = plain_change(
        outcome.change,
        message.envelope,
        grants=outcome.grants,
        held_by=held_by,
        is_held=outcome.is_held,
        waits_for=sorted(outcome.waits_for),
    )
    for alert in outcome.change.alerts:
        tell(row, alert, release=outcome.release, now=now)
    if outcome.held_by is not None or not outcome.change.takes_effect:
        finish_delivery(row, Delivery.State.REFUSED, now)
    if outcome.held_by is not None:
        _tell_of_hold(row, outcome, now)
        return save(row, Message.State.HELD, findings, change, now)
    if outcome.is_held:
        # Its files are heard, and wait with it. Its supplier was told when they were doubted.
        return save(row, Message.State.HELD, findings, change, now)
    if not outcome.change.takes_effect:
        return save(row, Message.State.IGNORED, findings, change, now)
    supersede(row)
    for finding in outcome.findings:
        tell(row, finding, release=outcome.release, now=now)
    if not outcome.is_whole:
        finish_delivery(row, Delivery.State.REFUSED, now)
        return save(row, Message.State.REFUSED, findings, change, now)
    finish_delivery(row, Delivery.State.PUBLISHED, now)
    return save(row, Message.State.APPLIED, findings, change, now)


def finish_delivery(row: Message, state: Delivery.State, now: datetime) -> None:
    """Be done with the files that came with a message, if any did."""
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


def supersede(row: Message) -> None:
    """What the supplier said of the release before is not in force any more."""
    if row.release is None:
        return
    former = Message.objects.filter(
        supplier_id=row.supplier_id, release=row.release, state=Message.State.APPLIED
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
    if row.notices.filter(code=newcomer.code).exists():
        # The operator looked at it again, and it waits on.
        return
    tell(row, newcomer, now=now)
    tell(row, present, supplier_id=other.pk, now=now)


def finish_refused(message: Message, findings: Sequence[Finding], now: datetime) -> Message:
    """Refuse a message, and tell its supplier the worst of what was found."""
    worst = max(findings, key=lambda finding: finding.severity)
    return finish(message, Message.State.REFUSED, findings, {}, now, tell_of=worst)


@transaction.atomic
def finish(
    message: Message,
    state: Message.State,
    findings: Sequence[Finding],
    change: dict[str, Any],
    now: datetime,
    *,
    tell_of: Finding | None = None,
) -> Message:
    """Be done with a message that changes nothing."""
    row = locked(message)
    if row is None:
        return Message.objects.get(id=message.pk)
    if tell_of is not None:
        tell(row, refusal_word(tell_of), now=now)
    finish_delivery(row, Delivery.State.REFUSED, now)
    return save(row, state, findings, change, now)


def locked(message: Message) -> Message | None:
    """The row as it is now, if nobody has finished it since this one was read.

    One that was held when it was read is looked at again, and is to be held still: what becomes of
    it is written in one transaction, so that it is never between the two.
    """
    row = (
        Message.objects.select_for_update(of=("self",))
        .select_related("supplier", "delivery")
        .get(id=message.pk)
    )
    states = (Message.State.HELD,) if message.state == Message.State.HELD else UNFINISHED
    return row if row.state in states else None


def save(
    row: Message,
    state: Message.State,
    findings: Sequence[Finding],
    change: dict[str, Any],
    now: datetime,
) -> Message:
    """Write down a message's end."""
    row.state, row.finished_at, row.change = state, now, change
    row.findings = plain_findings(findings)
    row.save(update_fields=["state", "finished_at", "change", "findings", "release"])
    return row
