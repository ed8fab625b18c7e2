"""Leaving the shelves, and changing hands, once nothing of a release is granted any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from pennywhistle.apps.catalog.actions import withdraw_release
from pennywhistle.apps.catalog.actions.releases import leave_out_tracks
from pennywhistle.apps.catalog.models import Recording, Release
from pennywhistle.apps.discovery.actions import index_release
from pennywhistle.apps.intake.ern import standings
from pennywhistle.apps.intake.ern.granting import is_anything_open
from pennywhistle.apps.rights.actions.handing import hand_warranted
from pennywhistle.apps.rights.models import Grant, Transfer

if TYPE_CHECKING:
    from datetime import datetime


def leave_shelves(release: Release, *, now: datetime) -> None:
    """Withdraw a release of which nothing is granted any more; hand it over where others grant."""
    if not is_anything_open(release.pk):
        withdraw_release(release_id=release.pk, now=now)
        index_release(release_id=release.pk, now=now)
        return
    hand_over(release, now=now)


def hand_over_what_ran_out(*, now: datetime) -> int:
    """Hand over what a former supplier grants no more because its time ran out; answers how much.

    A message that ends grants does so by itself; this is for the clock. Again: nothing.
    """
    count = 0
    started = Q(valid_from__isnull=True) | Q(valid_from__lte=now)
    for transfer in Transfer.objects.open().filter(started).order_by("id"):
        sides = (transfer.from_supplier_id, transfer.to_supplier_id)
        granted = Grant.objects.lasting(at=now).filter(release=OuterRef("pk"))
        waiting = (
            Release.objects.filter(supplier=transfer.from_supplier_id)
            .filter(Exists(granted.filter(licensor=transfer.to_supplier_id)))
            .exclude(Exists(granted.filter(licensor=transfer.from_supplier_id)))
        )
        for release_id in waiting.order_by("id").values_list("id", flat=True):
            with transaction.atomic():
                for supplier_id in sorted(sides):
                    standings.lock_for(supplier_id, ())
                count += hand_over(Release.objects.get(id=release_id), now=now)
    return count


def hand_over(release: Release, *, now: datetime) -> bool:
    """Once the former supplier grants nothing any more, the release is that of who does.

    With it go the recordings, what the former one had only warranted, and the new one's word on
    which tracks the release has. Answers whether it did.
    """
    granted = Grant.objects.lasting(at=now).filter(release=release)
    granting = set(granted.values_list("licensor_id", flat=True))
    if len(granting) != 1 or granting == {release.supplier_id}:
        return False
    (to_id,), from_id = granting, release.supplier_id
    Release.objects.filter(id=release.pk).update(supplier_id=to_id)
    own = Recording.objects.filter(supplier_id=to_id).exclude(isrc="").values("isrc")
    handed = Recording.objects.filter(supplier_id=from_id, tracks__release=release)
    handed.exclude(isrc__in=own).update(supplier_id=to_id)
    recording_ids = set(release.tracks.values_list("recording_id", flat=True))
    hand_warranted(
        from_supplier_id=from_id, to_supplier_id=to_id, recording_ids=recording_ids, now=now
    )
    if granted.filter(track__isnull=True).exists():
        # Sold as a whole, it has the tracks that its new supplier grants with it.
        named = granted.filter(track__isnull=False).values_list("track_id", flat=True)
        leave_out_tracks(release_id=release.pk, kept_ids=set(named), now=now)
    index_release(release_id=release.pk, now=now)
    return True
