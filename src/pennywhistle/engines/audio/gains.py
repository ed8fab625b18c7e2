"""How loud a player should play: ReplayGain 2 (wiki.hydrogenaud.io), and Opus's own (RFC 7845)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

# RFC 7845, section 5.2.1: counted to -23 LUFS, in 256ths of a decibel.
_r128_below_replaygain_db = -5.0
_r128_steps_per_db = 256
_r128_max = (1 << 15) - 1
_db_max = 100.0
_peak_max = 100.0


@dataclass(frozen=True, slots=True)
class Gains:
    """Gain up or down to -18 LUFS in dB, and true peak as a share of full scale; None: unknown.

    Those of the album are measured over all of its tracks as one piece.
    """

    track_db: float | None = None
    track_peak: float | None = None
    album_db: float | None = None
    album_peak: float | None = None

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read untrusted JSON: whatever is no possible gain or peak is left out."""
        if not isinstance(value, Mapping):
            return cls()
        return cls(
            track_db=_number(value, "track_db", least=-_db_max, most=_db_max),
            track_peak=_number(value, "track_peak", least=0.0, most=_peak_max),
            album_db=_number(value, "album_db", least=-_db_max, most=_db_max),
            album_peak=_number(value, "album_peak", least=0.0, most=_peak_max),
        )

    def replaygain(self) -> list[tuple[str, str]]:
        """Names and values as every format but Opus carries them."""
        written = [
            ("REPLAYGAIN_TRACK_GAIN", self.track_db, "{:.2f} dB"),
            ("REPLAYGAIN_TRACK_PEAK", self.track_peak, "{:.6f}"),
            ("REPLAYGAIN_ALBUM_GAIN", self.album_db, "{:.2f} dB"),
            ("REPLAYGAIN_ALBUM_PEAK", self.album_peak, "{:.6f}"),
        ]
        return [(name, form.format(value)) for name, value, form in written if value is not None]

    def r128(self) -> list[tuple[str, str]]:
        """Names and values as Opus carries them; it has no peaks, and no ReplayGain beside."""
        written = [("R128_TRACK_GAIN", self.track_db), ("R128_ALBUM_GAIN", self.album_db)]
        return [(name, str(_r128(gain_db))) for name, gain_db in written if gain_db is not None]


def peak_of(true_peak_dbtp: float | None) -> float | None:
    """A peak in decibels as a share of full scale."""
    return None if true_peak_dbtp is None else round(10 ** (true_peak_dbtp / 20), 6)


def _r128(gain_db: float) -> int:
    steps = round((gain_db + _r128_below_replaygain_db) * _r128_steps_per_db)
    return max(-_r128_max - 1, min(_r128_max, steps))


def _number(value: Mapping[str, Any], name: str, *, least: float, most: float) -> float | None:
    found = value.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if least <= found <= most else None
