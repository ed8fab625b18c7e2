"""A fingerprint: where in time and pitch a recording stands out, in 25 bytes a second."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pennywhistle.engines.fingerprint.errors import BadFingerprintError
from pennywhistle.engines.fingerprint.limits import (
    duration_s_max,
    peaks_per_s_max,
    pitch_steps,
    ticks_per_s,
)

Ticks = npt.NDArray[np.int32]
Pitches = npt.NDArray[np.uint16]

version = 1
_magic = b"PWFP"
# Magic, version, nothing yet, duration in ticks, gaps, peaks, CRC-32 of what follows; then a byte
# for every gap and two for every pitch.
_header = struct.Struct("<4sHHIIII")
_gap_max = 255


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """Peaks of a recording: instants in hundredths of a second, ascending, and pitches.

    A pitch counts 768 steps to the octave above 250 Hz. Equal fingerprints have equal bytes.
    """

    ticks: Ticks
    pitches: Pitches
    duration_ticks: int

    @property
    def duration_s(self) -> float:
        """How long the recording is."""
        return self.duration_ticks / ticks_per_s

    @property
    def peak_count(self) -> int:
        """How many peaks it has; none for silence, few for what has no tones."""
        return len(self.ticks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fingerprint) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def to_bytes(self) -> bytes:
        """The bytes to keep; they name their version and carry a checksum."""
        gaps = np.diff(self.ticks, prepend=np.int32(0))
        # A gap of n takes n // 255 bytes of 255 before the one that ends it, below 255.
        skips = gaps // _gap_max
        coded = np.full(int(skips.sum()) + len(gaps), _gap_max, np.uint8)
        coded[np.cumsum(skips + 1) - 1] = gaps % _gap_max
        body = coded.tobytes() + self.pitches.astype("<u2").tobytes()
        head = (_magic, version, 0, self.duration_ticks, len(coded), len(gaps), zlib.crc32(body))
        return _header.pack(*head) + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Fingerprint:
        """Read what `to_bytes` wrote.

        Raises:
            BadFingerprintError: it is something else, of another version, cut off or changed.
        """
        if len(data) < _header.size or data[:4] != _magic:
            raise BadFingerprintError("These bytes are no fingerprint.")
        _, found, _, duration_ticks, gap_count, peak_count, checksum = _header.unpack_from(data)
        if found != version:
            raise BadFingerprintError(f"This is a fingerprint of version {found}, not {version}.")
        body = data[_header.size :]
        if len(body) != gap_count + 2 * peak_count or zlib.crc32(body) != checksum:
            raise BadFingerprintError("The fingerprint is cut off or changed.")
        coded = np.frombuffer(body, np.uint8, gap_count)
        pitches = np.frombuffer(body, "<u2", peak_count, gap_count).astype(np.uint16)
        ticks = np.cumsum(coded, dtype=np.int64)[coded < _gap_max]
        _check(ticks, pitches, duration_ticks)
        return cls(ticks.astype(np.int32), pitches, duration_ticks)


def _check(ticks: npt.NDArray[np.int64], pitches: Pitches, duration_ticks: int) -> None:
    """Refuse what is well packed, but nothing that was ever extracted."""
    most = peaks_per_s_max * (duration_ticks // ticks_per_s + 1)
    if (
        len(ticks) != len(pitches)
        or len(ticks) > most
        or duration_ticks > duration_s_max * ticks_per_s
        or (len(ticks) and (ticks[-1] > duration_ticks or pitches.max() >= pitch_steps))
    ):
        raise BadFingerprintError("The fingerprint contradicts itself.")
