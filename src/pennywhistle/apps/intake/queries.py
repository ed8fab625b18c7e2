"""What the studio shows of deliveries; every query starts from the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.doubts.queries import standing_of
from pennywhistle.apps.intake.models import Delivery, DeliveryFile
from pennywhistle.apps.intake.report import Report
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.apps.intake.doubts.queries import Standing
    from pennywhistle.apps.users.models import User


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A delivery as its page shows it; `report` is None while files are being checked."""

    id: int
    public_id: str
    source_name: str
    supplier_id: int
    supplier_name: str
    state: str
    state_text: str
    files_checked: int
    files_total: int
    created_at: datetime
    published_at: datetime | None
    report: Report | None
    standing: Standing | None = None

    @property
    def is_checking(self) -> bool:
        """Whether its page should ask again."""
        return self.state == Delivery.State.CHECKING

    @property
    def may_publish(self) -> bool:
        """Whether the supplier can publish at least a part of it."""
        is_checked = self.state in {Delivery.State.READY, Delivery.State.NEEDS_ANSWER}
        return is_checked and (self.standing is None or bool(self.standing.open))


def deliveries(*, user: User, count_max: int = 50) -> list[DeliveryReport]:
    """The newest deliveries of the parties that this person acts for, without their reports."""
    # Those of release messages stand with their messages.
    sent = Delivery.objects.sent_for(user=user).filter(message__isnull=True)
    found = sent.select_related("supplier").defer("report")
    return [_shown(delivery, None) for delivery in found[:count_max]]


def delivery_report(*, user: User, public_id: str) -> DeliveryReport | None:
    """One delivery with its report; None if there is none that this person may see."""
    found = Delivery.objects.sent_for(user=user).select_related("supplier")
    delivery = found.filter(public_id=public_id).first()
    if delivery is None:
        return None
    report = Report.from_json(delivery.report) if delivery.report is not None else None
    standing = standing_of(delivery, report) if report is not None else None
    return _shown(delivery, report, standing)


def is_delivered(*, sha256: str) -> bool:
    """Whether an audio file of this content was delivered, or is a master."""
    files = DeliveryFile.objects.filter(sha256=sha256, kind=DeliveryFile.Kind.AUDIO)
    return files.exists() or Master.objects.filter(sha256=sha256).exists()


def is_delivered_for(*, user: User, sha256: str) -> bool:
    """The same, by a party that this person acts for, or for its releases."""
    deliveries = Delivery.objects.sent_for(user=user)
    files = DeliveryFile.objects.filter(delivery__in=deliveries.order_by())
    if files.filter(sha256=sha256, kind=DeliveryFile.Kind.AUDIO).exists():
        return True
    parties = Party.objects.acted_for_by(user=user)
    masters = Master.objects.filter(sha256=sha256)
    return masters.filter(recording__tracks__release__supplier__in=parties).exists()


def _shown(
    delivery: Delivery, report: Report | None, standing: Standing | None = None
) -> DeliveryReport:
    return DeliveryReport(
        id=delivery.pk,
        public_id=delivery.public_id,
        source_name=delivery.source_name,
        supplier_id=delivery.supplier_id,
        supplier_name=delivery.supplier.name,
        state=delivery.state,
        state_text=delivery.get_state_display(),
        files_checked=delivery.files_checked,
        files_total=delivery.files_total,
        created_at=delivery.created_at,
        published_at=delivery.published_at,
        report=report,
        standing=standing,
    )
