"""All releases of a supplier with everything that is kept of them, a few at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max, Prefetch

from pennywhistle.apps.catalog.models import (
    RecordingCredit,
    RecordingWork,
    Release,
    ReleaseArtist,
    Track,
)
from pennywhistle.apps.intake.leaving.limits import RELEASES_AT_ONCE
from pennywhistle.apps.intake.models import Message
from pennywhistle.apps.rights.models import Grant, Stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet


def newest_release_id(supplier_id: int) -> int:
    """The number of the newest release; what comes later is not part of what has begun."""
    return (
        Release.objects.filter(supplier_id=supplier_id).aggregate(newest=Max("id"))["newest"] or 0
    )


def count_releases(supplier_id: int, *, id_max: int) -> int:
    """How many releases there are."""
    return Release.objects.filter(supplier_id=supplier_id, id__lte=id_max).count()


def releases_of(supplier_id: int, *, id_max: int, after: int = 0) -> Iterator[Release]:
    """Each release whose number is above `after`, with everything that belongs to it.

    The queries are as many for one track as for a thousand; only some releases are held at a time.
    """
    while True:
        own = Release.objects.filter(supplier_id=supplier_id, id__gt=after, id__lte=id_max)
        found = list(_whole(own, supplier_id).order_by("id")[:RELEASES_AT_ONCE])
        yield from found
        if len(found) < RELEASES_AT_ONCE:
            return
        after = found[-1].pk


def _whole(releases: QuerySet[Release], supplier_id: int) -> QuerySet[Release]:
    numbers = "party__partyidentifier_set"
    artists = ReleaseArtist.objects.select_related("party").prefetch_related(numbers)
    credits_ = RecordingCredit.objects.select_related("party").prefetch_related(numbers)
    links = RecordingWork.objects.open().select_related("work").order_by("id")
    tracks = Track.objects.select_related("recording__master").prefetch_related(
        Prefetch("recording__credits", credits_),
        "recording__keys",
        Prefetch(
            "recording__work_links",
            links.prefetch_related("work__credits__party__partyidentifier_set"),
        ),
    )
    grants = Grant.objects.open().filter(licensor_id=supplier_id)
    return releases.select_related("label", "genre", "cover").prefetch_related(
        "label__partyidentifier_set",
        "standings__keys",
        "extras",
        Prefetch("releaseartist_set", artists),
        Prefetch("tracks", tracks),
        Prefetch(
            "grants",
            grants.select_related("territories").prefetch_related("shares__party").order_by("id"),
        ),
        Prefetch("stops", Stop.objects.open().filter(kind=Stop.Kind.TAKEDOWN)),
        Prefetch("messages", _that_counted(supplier_id)),
    )


def _that_counted(supplier_id: int) -> QuerySet[Message]:
    """The supplier's messages that are or were in force, the newest first."""
    states = (Message.State.APPLIED, Message.State.SUPERSEDED)
    found = Message.objects.filter(
        supplier_id=supplier_id, kind=Message.Kind.NEW_RELEASE, state__in=states
    )
    return found.only("sha256", "release_id").order_by("-created_at", "-id")
