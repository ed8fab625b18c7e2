"""Finding tariffs, and what each asked when."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from pennywhistle.apps.rights.models import License, Tariff, TariffLine

TARIFFS_PER_PAGE = 50
_LINES_MAX = 200


@dataclass(frozen=True, slots=True)
class TariffPage:
    """A tariff with its lines by time, those that were closed, and the licenses that use it."""

    tariff: Tariff
    lines: list[TariffLine]
    closed: list[TariffLine]
    licenses: list[License]


def find_tariffs(*, text: str, after: Tariff | None = None) -> list[Tariff]:
    """A page of tariffs and one more, by licensor and name."""
    found = (
        Tariff.objects.open().select_related("licensor").order_by("licensor__name", "name", "id")
    )
    if text:
        found = found.filter(Q(name__icontains=text) | Q(licensor__name__icontains=text))
    if after is not None:
        licensor = after.licensor.name
        found = found.filter(
            Q(licensor__name__gt=licensor)
            | Q(licensor__name=licensor, name__gt=after.name)
            | Q(licensor__name=licensor, name=after.name, id__gt=after.pk)
        )
    return list(found[: TARIFFS_PER_PAGE + 1])


def tariff_page(*, tariff_id: int) -> TariffPage | None:
    """A tariff and all that it says; None where there is none of that number."""
    tariff = Tariff.objects.select_related("licensor").filter(id=tariff_id).first()
    if tariff is None:
        return None
    lines = TariffLine.objects.filter(tariff=tariff).select_related("tariff", "evidence")
    lines = lines.prefetch_related("bands", "duration_bands")
    closed = lines.filter(closed_at__isnull=False).order_by("-closed_at", "-id")
    licenses = License.objects.open().filter(tariff=tariff).select_related("territories")
    return TariffPage(
        tariff=tariff,
        lines=sorted(lines.open()[:_LINES_MAX], key=_by_time),
        closed=list(closed[:_LINES_MAX]),
        licenses=list(licenses.order_by("id")[:_LINES_MAX]),
    )


def _by_time(line: TariffLine) -> tuple[bool, str, int]:
    start = line.valid_from
    return start is not None, start.isoformat() if start else "", line.pk
