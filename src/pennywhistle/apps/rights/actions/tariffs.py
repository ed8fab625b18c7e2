"""Recording tariffs: what a licensor asks, from when, and where that stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction

from pennywhistle.apps.rights.closing import end, lock, record, yield_to
from pennywhistle.apps.rights.models import Tariff, TariffBand, TariffDurationBand, TariffLine
from pennywhistle.apps.rights.words import RegisterError, RowClosedError
from pennywhistle.engines.clearance.tariff_check import check_tariff

if TYPE_CHECKING:
    from datetime import datetime

    from pennywhistle.engines.clearance.tariff import Tariff as Rule
    from pennywhistle.kernel.period import Period


class TariffSourceMissingError(RegisterError):
    """A rate without a source cannot be checked by anybody."""

    code = "tariff-source-missing"


@dataclass(frozen=True, slots=True)
class LineTerms:
    """What a tariff asks during a time; `rule`'s id and name are the register's business.

    `source` says where the rate stands and of which day that is.
    """

    rule: Rule
    valid: Period
    source: str


@transaction.atomic
def record_tariff(*, licensor_id: int, name: str, now: datetime) -> Tariff:
    """A licensor's tariff of that name; made if there is none. Its lines say what it asks."""
    lock(f"tariffs-{licensor_id}")
    known = Tariff.objects.open().filter(licensor_id=licensor_id, name=name).first()
    return known or record(Tariff, now=now, licensor_id=licensor_id, name=name)


@transaction.atomic
def record_tariff_line(
    *, tariff_id: int, terms: LineTerms, now: datetime, evidence_id: int | None = None
) -> TariffLine:
    """Record what a tariff asks during a time; what it asked then before gives way to it.

    The same again changes nothing. A line that holds longer on either side goes on to do so.
    Raises the engine's TariffInvalidError (a tariff that names amounts and no currency among
    others), TariffSourceMissingError or RowClosedError.
    """
    tariff = Tariff.objects.get(id=tariff_id)
    if tariff.closed_at is not None:
        raise RowClosedError(f"The tariff {tariff.name} was closed.")
    check_tariff(replace(terms.rule, name=tariff.name))
    if not terms.source.strip():
        raise TariffSourceMissingError("Say where the rate stands, and of which day that is.")
    lock(f"tariff-{tariff_id}")
    for line in TariffLine.objects.open().filter(tariff_id=tariff_id).order_by("id"):
        if line.valid == terms.valid and _says(line, terms):
            return line
        if line.valid.overlaps(terms.valid):
            for piece in yield_to(line, valid=terms.valid, now=now):
                _write_bands(piece, line.rule)
    return _write(tariff_id, terms, now, evidence_id)


def _says(line: TariffLine, terms: LineTerms) -> bool:
    rule = replace(terms.rule, id=line.pk, name=line.tariff.name)
    return line.rule == rule and line.source == terms.source


def _write(tariff_id: int, terms: LineTerms, now: datetime, evidence_id: int | None) -> TariffLine:
    rule = terms.rule
    line = record(
        TariffLine,
        now=now,
        tariff_id=tariff_id,
        valid_from=terms.valid.starts_at,
        valid_until=terms.valid.ends_at,
        currency=rule.currency or "",
        base=rule.base.value,
        percent_numerator=rule.percent.numerator,
        percent_denominator=rule.percent.denominator,
        track_minimum_micro=rule.track_minimum_micro,
        album_minimum_micro=rule.album_minimum_micro,
        album_tracks=rule.album_tracks,
        extra_track_micro=rule.extra_track_micro,
        per_minute_micro=rule.per_minute_micro,
        is_per_work=rule.is_per_work,
        is_by_repertoire=rule.is_by_repertoire,
        source=terms.source,
        evidence_id=evidence_id,
    )
    _write_bands(line, rule)
    return line


def _write_bands(line: TariffLine, rule: Rule) -> None:
    TariffBand.objects.bulk_create(
        TariffBand(
            line=line, tracks_max=band.tracks_max, track_minimum_micro=band.track_minimum_micro
        )
        for band in rule.bands
    )
    TariffDurationBand.objects.bulk_create(
        TariffDurationBand(
            line=line,
            up_to_ms=band.up_to_ms,
            factor_numerator=band.factor.numerator,
            factor_denominator=band.factor.denominator,
        )
        for band in rule.duration_bands
    )


@transaction.atomic
def close_tariff_line(*, line_id: int, now: datetime, ends_at: datetime | None = None) -> None:
    """The tariff does not ask this any more; with `ends_at` it does until then."""
    line = TariffLine.objects.get(id=line_id)
    lock(f"tariff-{line.tariff_id}")
    line.refresh_from_db()
    ended = end(line, now=now, ends_at=ends_at)
    if ended is not None and ended.pk != line_id:
        _write_bands(ended, line.rule)
