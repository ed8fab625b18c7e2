"""What the studio shows of deliveries; every query starts from the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.apps.intake.doubts.queries import holds_on, standing_of
from pennywhistle.apps.intake.models import Delivery, DeliveryFile
from pennywhistle.apps.intake.report import Report
from pennywhistle.apps.media.models import Master
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pennywhistle.apps.intake.doubts.queries import Standing
    from pennywhistle.apps.users.models import User


_MAY_BE_HELD = {Delivery.State.READY, Delivery.State.NEEDS_ANSWER}


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
    def is_held(self) -> bool:
        """Whether nothing of it can be published now, and something once that is decided."""
        return self.standing is not None and bool(self.standing.held) and not self.standing.open

    @property
    def is_held_in_part(self) -> bool:
        """Whether something can be published now, and more once that is decided."""
        return self.standing is not None and bool(self.standing.held) and bool(self.standing.open)

    @property
    def may_publish(self) -> bool:
        """Whether the supplier can publish at least a part of it."""
        is_checked = self.state in {Delivery.State.READY, Delivery.State.NEEDS_ANSWER}
        return is_checked and (self.standing is None or bool(self.standing.open))


def deliveries(*, user: User, count_max: int = 50) -> list[DeliveryReport]:
    """The newest deliveries of the parties that this person acts for, without their reports."""
    # Those of release messages stand with their messages.
    sent = Delivery.objects.sent_for(user=user).filter(message__isnull=True)
    found = list(sent.select_related("supplier").defer("report")[:count_max])
    standings = _held(found)
    return [_shown(delivery, None, standings.get(delivery.pk)) for delivery in found]


def _held(deliveries: Sequence[Delivery]) -> dict[int, Standing]:
    """How those stand of which something holds a file; only of them the reports are read."""
    checked = {each.pk: each for each in deliveries if each.state in _MAY_BE_HELD}
    files = DeliveryFile.objects.filter(
        delivery__in=checked, kind=DeliveryFile.Kind.AUDIO, state=DeliveryFile.State.GOOD
    )
    by_supplier: dict[int, set[str]] = {}
    contents: dict[int, set[str]] = {}
    for delivery_id, sha256 in files.values_list("delivery", "sha256"):
        contents.setdefault(delivery_id, set()).add(sha256)
        by_supplier.setdefault(checked[delivery_id].supplier_id, set()).add(sha256)
    holds = {
        supplier_id: holds_on(supplier_id=supplier_id, sha256s=sha256s)
        for supplier_id, sha256s in by_supplier.items()
    }
    held = [
        delivery_id
        for delivery_id, sha256s in contents.items()
        if not sha256s.isdisjoint(holds[checked[delivery_id].supplier_id])
    ]
    reports = Delivery.objects.filter(id__in=held)
    return {
        delivery_id: standing_of(
            checked[delivery_id],
            Report.from_json(report),
            holds[checked[delivery_id].supplier_id],
        )
        for delivery_id, report in reports.values_list("id", "report")
        if report is not None
    }


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
