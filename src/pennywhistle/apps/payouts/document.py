"""What the log announces of a payout (leaf O): the document that its payee keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.proof.announcing import announce
from pennywhistle.apps.proof.models import Announcement, Leaf
from pennywhistle.apps.proof.queries.openings import log_head, witnessed_head
from pennywhistle.engines.tlog.announced import announced_digest, announced_salt
from pennywhistle.engines.tlog.payout import (
    Exchanged,
    PayoutPart,
    PayoutProof,
    PayoutSaid,
    build_payout,
    payout_document,
    payout_subject,
)

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from pennywhistle.apps.payouts.models import Payout
    from pennywhistle.apps.proof.log import AnyLog


def document_of(payout: Payout, *, entry_id: UUID, now: datetime) -> bytes:
    """The document of a payout that is being approved; it names no person and no bank account."""
    exchanged = None
    if payout.rate is not None:
        rate = payout.rate
        exchanged = Exchanged(
            payout.source.currency, payout.due_micro, f"{rate.factor.normalize():f}", rate.source,
            rate.day.isoformat(),
        )  # fmt: skip
    return payout_document(
        PayoutSaid(
            account=payout.account_id,
            source=payout.source_id,
            payout_id=payout.id.bytes,
            entry_id=entry_id.bytes,
            end_to_end_id=payout.end_to_end_id,
            currency=payout.currency,
            first_index=payout.first_index,
            end_index=payout.end_index,
            due_micro=payout.converted_micro,
            withheld=tuple(
                PayoutPart(
                    each.territory, each.converted_micro, f"{each.rate:f}", each.withheld_micro
                )
                for each in payout.parts.filter(rate__gt=0).order_by("territory")
            ),
            paid_micro=payout.paid_micro,
            exchanged=exchanged,
            approved_at=now.isoformat(timespec="seconds"),
        )
    )


def announce_payout(*, log: AnyLog, payout: Payout, now: datetime) -> Announcement:
    """Announce an approved payout; the sequencer seals it. Again: the same announcement."""
    subject = payout_subject(payout.account_id, payout.id.bytes)
    document = bytes(payout.document)
    salt = announced_salt(log.page_secret, "O", subject, document)
    return announce(
        kind=Announcement.Kind.PAYOUT,
        subject=subject,
        digest=announced_digest(salt, document),
        now=now,
    )


def leaf_of(payout: Payout) -> Leaf | None:
    """The payout's leaf; None until the sequencer placed it."""
    subject = payout_subject(payout.account_id, payout.id.bytes)
    return Leaf.objects.filter(
        announcement__kind=Announcement.Kind.PAYOUT, announcement__subject=subject
    ).first()


def payout_file(*, log: AnyLog, payout: Payout) -> bytes | None:
    """The payout with the proof that the log holds it; None until a signed head does."""
    head, leaf = log_head(log), leaf_of(payout)
    if head is None or leaf is None or leaf.log_index >= head.size:
        return None
    head = witnessed_head(log, covering=leaf.log_index) or head
    subject = payout_subject(payout.account_id, payout.id.bytes)
    document = bytes(payout.document)
    return build_payout(
        PayoutProof(
            origin=log.origin,
            document=document,
            salt=announced_salt(log.page_secret, "O", subject, document),
            index=leaf.log_index,
            path=tuple(head.reader.inclusion(leaf.log_index)),
            checkpoint=head.checkpoint,
        )
    )
