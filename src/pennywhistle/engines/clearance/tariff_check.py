"""Whether a tariff makes sense, before anybody is charged by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.kernel.currencies import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pennywhistle.engines.clearance.tariff import Tariff


class TariffInvalidError(ValueError):
    """The tariff contradicts itself; the sentence says where, `code` is stable."""

    code = "tariff-invalid"


class TariffCurrencyError(TariffInvalidError):
    """The tariff names amounts, but no currency, or one that does not exist."""

    code = "tariff-currency"


class TariffPercentError(TariffInvalidError):
    """The percentage is below nothing or above everything."""

    code = "tariff-percent"


class TariffNegativeError(TariffInvalidError):
    """An amount, a factor or a number of tracks is below zero."""

    code = "tariff-negative"


class TariffBandsError(TariffInvalidError):
    """The bands of a tariff do not ascend, so that one of them could never apply."""

    code = "tariff-bands"


class TariffAlbumError(TariffInvalidError):
    """Included or further tracks of an album, but no minimum for one, or half of the rule."""

    code = "tariff-album"


class TariffEmptyError(TariffInvalidError):
    """The tariff asks for nothing at all: somebody forgot to fill it in."""

    code = "tariff-empty"


def check_tariff(tariff: Tariff) -> None:
    """Raise a `TariffInvalidError` if nobody could be charged by `tariff`, else return."""
    if not 0 <= tariff.percent <= 1:
        raise TariffPercentError(
            f"{tariff.name} asks for {float(tariff.percent):%}; write a percentage from 0 to 100"
        )
    _check_amounts(tariff)
    _check_ascends(tariff, [band.tracks_max for band in tariff.bands], "tracks", least=1)
    _check_ascends(tariff, [band.up_to_ms for band in tariff.duration_bands], "durations", least=1)
    _check_album(tariff)
    if tariff.currency is None and tariff.names_amounts:
        raise TariffCurrencyError(f"{tariff.name} names amounts, but not their currency")
    if tariff.currency is not None and tariff.currency not in CURRENCIES:
        raise TariffCurrencyError(f"{tariff.currency} is not a currency of ISO 4217")
    if not tariff.percent and not tariff.names_amounts:
        raise TariffEmptyError(f"{tariff.name} asks for nothing; give it a percentage or an amount")


def _check_amounts(tariff: Tariff) -> None:
    for what, amount in tariff.amounts():
        if amount < 0:
            raise TariffNegativeError(f"The {what} of {tariff.name} is below zero")
    if any(band.factor < 0 for band in tariff.duration_bands):
        raise TariffNegativeError(f"A factor for durations of {tariff.name} is below zero")


def _check_ascends(tariff: Tariff, limits: Sequence[int | None], what: str, *, least: int) -> None:
    before = least - 1
    for index, limit in enumerate(limits):
        if limit is None:
            if index < len(limits) - 1:
                raise TariffBandsError(
                    f"{tariff.name}: a band without a limit of {what} comes last"
                )
        elif limit <= before:
            raise TariffBandsError(
                f"{tariff.name}: the bands of {what} must ascend, but {limit} follows {before}"
            )
        else:
            before = limit


def _check_album(tariff: Tariff) -> None:
    if tariff.album_minimum_micro is None:
        if tariff.album_tracks is not None or tariff.extra_track_micro:
            raise TariffAlbumError(f"{tariff.name} counts the tracks of albums without a minimum")
    elif tariff.album_tracks is None:
        if tariff.extra_track_micro:
            raise TariffAlbumError(
                f"{tariff.name} asks for further tracks; say how many the minimum includes"
            )
    elif tariff.album_tracks < 1:
        raise TariffNegativeError(f"{tariff.name}: an album includes at least one track")
