"""Writing what comes with a release besides its tracks, and the numbers of its artists."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.catalog.models import ArtistMbid, Extra
from pennywhistle.kernel.identifiers import Mbid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ExtraFacts:
    """A file that comes with a release; `name` is one safe path component."""

    kind: str
    title: str
    name: str
    mime_type: str
    sha256: str
    size_bytes: int
    crc32: int


@transaction.atomic
def record_extras(*, release_id: int, told: Sequence[ExtraFacts], now: datetime) -> list[Extra]:
    """Let these and no others come with a release from now on; answer them in this order.

    One of a name that is known takes the place of the former, also for who bought that. One that
    is not told any more stays with those who bought the release while it was there.
    """
    known = {
        extra.name.casefold(): extra
        for extra in Extra.objects.select_for_update().filter(release_id=release_id)
    }
    written = []
    for position, facts in enumerate(told):
        extra = known.pop(facts.name.casefold(), None)
        if extra is None:
            extra = Extra(release_id=release_id)
        if extra.sha256 != facts.sha256:
            extra.delivered_at = now
        for name, value in asdict(facts).items():
            setattr(extra, name, value)
        extra.position, extra.left_at = position, None
        extra.save()
        written.append(extra)
    left = [extra.pk for extra in known.values() if extra.left_at is None]
    Extra.objects.filter(id__in=left).update(left_at=now)
    return written


@transaction.atomic
def record_artist_mbids(*, supplier_id: int, told: Mapping[int, str]) -> None:
    """Note which artists of MusicBrainz parties are, by their ids, as a supplier says.

    Raises IdentifierInvalidError: a number has not the form of one.
    """
    rows = [
        ArtistMbid(supplier_id=supplier_id, party_id=party_id, mbid=Mbid.parse(mbid).value)
        for party_id, mbid in sorted(told.items())
    ]
    ArtistMbid.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["supplier", "party"],
        update_fields=["mbid"],
    )
