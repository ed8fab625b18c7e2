"""Makes the fingerprint of a recording from its samples."""

from __future__ import annotations

import numpy as np

from pennywhistle.engines.fingerprint.errors import BadSamplesError
from pennywhistle.engines.fingerprint.fingerprint import Fingerprint
from pennywhistle.engines.fingerprint.limits import (
    duration_s_max,
    peaks_per_s_max,
    pitch_low_hz,
    pitch_steps,
    pitch_steps_per_octave,
    ticks_per_s,
)
from pennywhistle.engines.fingerprint.peaks import Peaks, Picking
from pennywhistle.engines.fingerprint.spectrum import Sound, Spectrum, to_mono

_piece_s = 2  # fits into the processor's cache


class Extraction:
    """Takes a recording in pieces of any size; memory stays the same however long it is."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._spectrum, self._picking = Spectrum(rate_hz), Picking()
        self._found: list[Peaks] = []
        self._sample_count = 0

    def add(self, samples: Sound) -> None:
        """Take the next samples, (n,) or (n, channels) of one or two, of any number type.

        Raises:
            BadSamplesError: another shape, no finite numbers, or more than a day in all.
        """
        self._sample_count += len(samples)
        if self._sample_count > duration_s_max * self._rate_hz:
            raise BadSamplesError("Longer than a day.")
        piece = _piece_s * self._rate_hz
        for start in range(0, len(samples), piece):
            for batch in self._spectrum.add(to_mono(samples[start : start + piece])):
                self._found.append(self._picking.add(batch))

    def finish(self) -> Fingerprint:
        """The fingerprint of all that was added; call it once."""
        for batch in self._spectrum.finish():
            self._found.append(self._picking.add(batch))
        self._found += self._picking.finish()
        frames = np.concatenate([peaks.frames for peaks in self._found])
        bins = np.concatenate([peaks.bins for peaks in self._found])
        spectrum = self._spectrum
        ticks = np.rint(frames * spectrum.frame_s * ticks_per_s).astype(np.int32)
        octaves = np.log2(bins * spectrum.bin_hz / pitch_low_hz)
        pitches = np.rint(octaves * pitch_steps_per_octave).astype(np.int32)
        duration_ticks = self._sample_count * ticks_per_s // self._rate_hz
        whole = (frames <= spectrum.frame_count - 1) & (ticks >= 0) & (ticks <= duration_ticks)
        whole &= (pitches >= 0) & (pitches < pitch_steps)
        ticks, pitches = ticks[whole], pitches[whole]
        order = np.lexsort((pitches, ticks))
        order = order[: peaks_per_s_max * (duration_ticks // ticks_per_s + 1)]
        return Fingerprint(ticks[order], pitches[order].astype(np.uint16), duration_ticks)


def extract(samples: Sound, rate_hz: int) -> Fingerprint:
    """The fingerprint of a whole recording.

    Args:
        samples: of shape (n,) or (n, channels), one channel or two, of any number type; scale does
            not matter.
        rate_hz: samples a second, 8,000 to 384,000. The same sound at another rate has nearly the
            same fingerprint.

    Raises:
        BadSamplesError: another shape or rate, numbers that are not finite, or more than a day.
    """
    extraction = Extraction(rate_hz)
    extraction.add(samples)
    return extraction.finish()
