"""The staff's shelf: what the people who run the store like, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.charts.limits import note_length_max

if TYPE_CHECKING:
    from datetime import datetime


class StaffPickQuerySet(models.QuerySet["StaffPick"]):
    def in_order(self) -> StaffPickQuerySet:
        """As the staff arranged them."""
        return self.order_by("position", "id")

    def shown(self, *, at: datetime) -> StaffPickQuerySet:
        """Those whose releases are on the shelves."""
        on_shelf = Release.objects.published(at=at)
        return self.filter(release__in=on_shelf).in_order()


class StaffPick(models.Model):
    """A release on the staff's shelf, with a note."""

    release = models.OneToOneField(Release, on_delete=models.CASCADE, related_name="+")
    note = models.CharField(max_length=note_length_max, blank=True)
    # The smaller, the further to the front; without a gap they need not be.
    position = models.IntegerField()
    picked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    picked_at = models.DateTimeField()

    objects = StaffPickQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["position"],
                name="charts_pick_place_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(position__gte=0), name="charts_pick_position"),
        ]

    def __str__(self) -> str:
        return f"{self.release} on the staff's shelf"
