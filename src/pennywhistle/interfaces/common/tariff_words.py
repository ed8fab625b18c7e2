"""What a tariff's line asks, in a few short sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.engines.clearance.tariff import Base
from pennywhistle.interfaces.common.format import duration_text, price_text
from pennywhistle.interfaces.common.part_field import share_text
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.utils.functional import _StrPromise

    from pennywhistle.engines.clearance.tariff import Tariff

BASES: dict[Base, _StrPromise] = {
    Base.NET: _("the price without tax"),
    Base.GROSS: _("the price with tax"),
    Base.PPD: _("the supplier's wholesale price"),
}


def asks(rule: Tariff) -> list[str]:
    """Everything that the line asks, the percentage first."""
    return [*_percentage(rule), *_amounts(rule), *_bands(rule), *_ways(rule)]


def _money(rule: Tariff, micro: int) -> str:
    return price_text(Money(micro, rule.currency)) if rule.currency else str(micro)


def _percentage(rule: Tariff) -> Iterator[str]:
    if rule.percent:
        yield gettext("%(percent)s of %(base)s") % {
            "percent": share_text(rule.percent),
            "base": BASES[rule.base],
        }


def _amounts(rule: Tariff) -> Iterator[str]:
    if rule.track_minimum_micro:
        yield gettext("at least %(amount)s a track") % {
            "amount": _money(rule, rule.track_minimum_micro)
        }
    if rule.album_minimum_micro is not None:
        yield gettext("at least %(amount)s an album") % {
            "amount": _money(rule, rule.album_minimum_micro)
        }
    if rule.album_tracks is not None:
        sentence = gettext("the album's amount includes %(count)d tracks, each further %(amount)s")
        yield sentence % {
            "count": rule.album_tracks,
            "amount": _money(rule, rule.extra_track_micro),
        }
    if rule.per_minute_micro:
        yield gettext("%(amount)s for each started minute, if that is more") % {
            "amount": _money(rule, rule.per_minute_micro)
        }


def _bands(rule: Tariff) -> Iterator[str]:
    for band in rule.bands:
        amount = _money(rule, band.track_minimum_micro)
        if band.tracks_max is None:
            yield gettext("in larger bundles at least %(amount)s a track") % {"amount": amount}
        else:
            yield gettext("in bundles of up to %(count)d at least %(amount)s a track") % {
                "count": band.tracks_max,
                "amount": amount,
            }
    for length in rule.duration_bands:
        values = {"factor": str(length.factor)}
        if length.up_to_ms is None:
            yield gettext("longer tracks: %(factor)s times the minimum") % values
        else:
            values["length"] = duration_text(length.up_to_ms)
            yield gettext("tracks of up to %(length)s: %(factor)s times the minimum") % values


def _ways(rule: Tariff) -> Iterator[str]:
    if rule.is_per_work:
        yield gettext("amounts for each work in a track")
    if rule.is_by_repertoire:
        yield gettext("for the licensed part only")
