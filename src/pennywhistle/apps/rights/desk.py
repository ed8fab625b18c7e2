"""What of the register waits for an operator: what is sold nowhere, and what ends soon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from django.db.models import Exists, OuterRef, Q

from pennywhistle.apps.catalog.models import Release
from pennywhistle.apps.parties.models import Party
from pennywhistle.apps.rights.models import (
    Availability,
    DueRelease,
    License,
    SupplierAgreement,
    TariffLine,
)

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from django.db.models import Model, QuerySet

    from pennywhistle.apps.rights.models.kept import Dated

_Row = TypeVar("_Row", bound="Model")
_Ending = TypeVar("_Ending", bound="Dated")


@dataclass(frozen=True, slots=True)
class Found(Generic[_Row]):
    """How many rows wait, and the first few of them."""

    count: int
    first: list[_Row]


def sold_nowhere(*, at: datetime, most: int) -> Found[Release]:
    """Releases on the shelves of which nothing may be sold anywhere; those being weighed not."""
    offered = Availability.objects.filter(release=OuterRef("pk"))
    weighed = DueRelease.objects.filter(release=OuterRef("pk"), due_at__lte=at)
    found = Release.objects.published(at=at).filter(~Exists(offered), ~Exists(weighed))
    return _found(found.order_by("-id"), most)


def agreements_ending(*, at: datetime, within: timedelta, most: int) -> Found[SupplierAgreement]:
    """Agreements that end soon and that no other follows."""
    following = SupplierAgreement.objects.open().filter(supplier=OuterRef("supplier"))
    found = _ending(SupplierAgreement.objects.open(), at, within)
    return _found(found.filter(~_goes_on(following)).select_related("supplier"), most)


def licenses_ending(*, at: datetime, within: timedelta, most: int) -> Found[License]:
    """Licenses that end soon and that no other of the licensor in the same places follows."""
    following = License.objects.open().filter(
        licensor=OuterRef("licensor"), territories=OuterRef("territories")
    )
    found = _ending(License.objects.open(), at, within)
    return _found(found.filter(~_goes_on(following)).select_related("licensor"), most)


def tariff_lines_ending(*, at: datetime, within: timedelta, most: int) -> Found[TariffLine]:
    """Lines of tariffs that end soon and that no other follows: without one nothing is licensed."""
    following = TariffLine.objects.open().filter(tariff=OuterRef("tariff"))
    found = _ending(TariffLine.objects.open().filter(tariff__closed_at=None), at, within)
    return _found(found.filter(~_goes_on(following)).select_related("tariff"), most)


def without_us_source(*, at: datetime, most: int) -> Found[Party]:
    """Suppliers of releases on the shelves with whom nothing is agreed for the United States."""
    agreed = (
        SupplierAgreement.objects.open()
        .filter(supplier=OuterRef("pk"))
        .exclude(us_source="")
        .filter(Q(valid_from=None) | Q(valid_from__lte=at))
        .filter(Q(valid_until=None) | Q(valid_until__gt=at))
    )
    supplies = Release.objects.published(at=at).filter(supplier=OuterRef("pk"))
    found = Party.objects.filter(Exists(supplies), ~Exists(agreed))
    return _found(found.order_by("name", "id"), most)


def _ending(rows: QuerySet[_Ending], at: datetime, within: timedelta) -> QuerySet[_Ending]:
    return rows.filter(valid_until__gt=at, valid_until__lte=at + within).order_by(
        "valid_until", "id"
    )


def _goes_on(rows: QuerySet[_Ending]) -> Exists:
    """Another row holds at the instant at which this one ends."""
    ends_at = OuterRef("valid_until")
    return Exists(
        rows.exclude(pk=OuterRef("pk"))
        .filter(Q(valid_from=None) | Q(valid_from__lte=ends_at))
        .filter(Q(valid_until=None) | Q(valid_until__gt=ends_at))
    )


def _found(rows: QuerySet[_Row], most: int) -> Found[_Row]:
    return Found(rows.count(), list(rows[:most]))
