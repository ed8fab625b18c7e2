"""How loud players should play what was judged: a release's tracks, and all of it as one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pennywhistle.apps.media.models import Hearing
from pennywhistle.engines.audio.gains import Gains, peak_of
from pennywhistle.engines.audio.judgement import Loudness
from pennywhistle.engines.audio.judgement.programme import album_loudness

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class _Measured(NamedTuple):
    """What is needed of a judgement; all of it would be ten times as much to read."""

    loudness: Loudness
    true_peak_dbtp: float | None


def gains_of(sha256s: Collection[str], *, album: Collection[str]) -> dict[str, Gains]:
    """Gains of masters by their content, in one query; those that were not judged are left out.

    Args:
        sha256s: the masters.
        album: the masters of the release; of its gain nothing is said unless all were judged.
    """
    measured = _measured({*sha256s, *album})
    of_album = Gains()
    if album and all(sha256 in measured for sha256 in album):
        # A track that is on it twice is heard twice.
        of_album = _together([measured[sha256] for sha256 in album])
    return {
        sha256: Gains(
            track_db=measured[sha256].loudness.replaygain_db,
            track_peak=peak_of(measured[sha256].true_peak_dbtp),
            album_db=of_album.album_db,
            album_peak=of_album.album_peak,
        )
        for sha256 in sha256s
        if sha256 in measured
    }


def _together(tracks: Sequence[_Measured]) -> Gains:
    loudness = album_loudness(track.loudness for track in tracks)
    peaks = [track.true_peak_dbtp for track in tracks if track.true_peak_dbtp is not None]
    return Gains(album_db=loudness.replaygain_db, album_peak=peak_of(max(peaks, default=None)))


def _measured(sha256s: Collection[str]) -> dict[str, _Measured]:
    rows = Hearing.objects.filter(sha256__in=sha256s).values_list(
        "sha256", "judgement__loudness", "judgement__true_peak_dbtp"
    )
    return {sha256: _Measured(_loudness(loudness), peak) for sha256, loudness, peak in rows}


def _loudness(plain: dict[str, Any]) -> Loudness:
    """What was checked before it was written."""
    blocks = tuple((level, count) for level, count in plain["blocks"])
    return Loudness(plain["integrated_lufs"], plain["range_lu"], blocks)
