"""Starting an upload, and publishing what was checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.discovery.actions import index_release
from pennywhistle.apps.intake import jobs, work
from pennywhistle.apps.intake.folder import Found, checked, delivered_path, kind_of
from pennywhistle.apps.intake.models import Delivery
from pennywhistle.apps.intake.publishing import Terms, TrackTerms, shelve
from pennywhistle.apps.intake.report import Report
from pennywhistle.apps.parties.models import Party

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from pennywhistle.apps.intake.supplement import Supplement

__all__ = [
    "NotPublishableError",
    "Terms",
    "TrackTerms",
    "publish_delivery",
    "start_upload",
]


class NotPublishableError(Exception):
    """The delivery is still being checked, or nothing of it may be published."""

    code = "not-publishable"


def start_upload(
    *,
    supplier_id: int,
    source_name: str,
    files: Sequence[tuple[str, Path]],
    supplement: Supplement,
    now: datetime,
) -> Delivery:
    """Take uploaded files into the store, and ask for their check; the same files again: nothing.

    Args:
        supplier_id: who delivers.
        source_name: what the supplier called it, such as the name of the uploaded folder.
        files: each file's name, or path within the uploaded folder, and where it lies now. The
            caller removes what lies there.
        supplement: how it is to be read.
        now: the instant.

    Raises:
        FolderError: it holds too many files, too much, or two under one name.
    """
    found = []
    for name, file in files:
        path = delivered_path(name.lstrip("/"))
        found.append(Found(path, file, kind_of(path, file), file.stat().st_size))
    taken = work.take(checked(found))
    with transaction.atomic():
        delivery = work.open_delivery(
            supplier_id=supplier_id,
            source_name=source_name,
            taken=taken,
            supplement=supplement,
            now=now,
        )
        if delivery.state == Delivery.State.CHECKING:
            jobs.check_delivery.defer(delivery_id=delivery.pk)
    return delivery


@transaction.atomic
def publish_delivery(*, delivery_id: int, terms: Terms, now: datetime) -> Delivery:
    """Publish the releases of a checked delivery against which nothing speaks, on these terms.

    All of them or none. A delivery that is published already is left as it is: prices and splits
    are changed by a new grant, not by publishing again.

    Raises:
        NotPublishableError: it is not checked yet, or was refused.
        GrantError: the terms cannot be granted.
    """
    delivery = Delivery.objects.select_for_update(of=("self",)).get(id=delivery_id)
    if delivery.state == Delivery.State.PUBLISHED:
        return delivery
    if delivery.state not in {Delivery.State.READY, Delivery.State.NEEDS_ANSWER}:
        raise NotPublishableError(
            f"The delivery “{delivery.source_name}” cannot be published: "
            f"{delivery.get_state_display().lower()}."
        )
    # One after the other, so that two deliveries of one release cannot both find it missing.
    supplier = Party.objects.select_for_update(no_key=True).get(id=delivery.supplier_id)
    files = {file.path: file for file in delivery.files.all()}
    assert delivery.report is not None, "a checked delivery has a report"
    for planned in Report.from_json(delivery.report).publishable:
        release = shelve(planned, supplier=supplier, files=files, terms=terms, now=now)
        delivery.releases.add(release)
        index_release(release_id=release.pk, now=now)
    delivery.state = Delivery.State.PUBLISHED
    delivery.published_at = now
    delivery.save(update_fields=["state", "published_at"])
    jobs.make_previews.defer(delivery_id=delivery.pk, asked_at=now.isoformat())
    return delivery
