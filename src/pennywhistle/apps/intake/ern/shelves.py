"""Leaving the shelves, and changing hands, once nothing of a release is granted any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.apps.catalog.actions import withdraw_release
from pennywhistle.apps.catalog.models import Recording, Release
from pennywhistle.apps.discovery.actions import index_release
from pennywhistle.apps.intake.ern.granting import is_anything_open

if TYPE_CHECKING:
    from datetime import datetime


def leave_shelves(release: Release, *, now: datetime) -> None:
    """Withdraw a release of which nothing is granted any more; hand it over where others grant."""
    if not is_anything_open(release.pk):
        withdraw_release(release_id=release.pk, now=now)
        index_release(release_id=release.pk, now=now)
        return
    hand_over(release)


def hand_over(release: Release) -> None:
    """Once the former supplier grants nothing any more, the release is that of who does."""
    granting = list(
        release.grants.filter(closed_at__isnull=True)
        .values_list("licensor_id", flat=True)
        .distinct()
    )
    if len(granting) != 1 or granting[0] == release.supplier_id:
        return
    to_id, from_id = granting[0], release.supplier_id
    Release.objects.filter(id=release.pk).update(supplier_id=to_id)
    own = Recording.objects.filter(supplier_id=to_id).exclude(isrc="").values("isrc")
    handed = Recording.objects.filter(supplier_id=from_id, tracks__release=release)
    handed.exclude(isrc__in=own).update(supplier_id=to_id)
