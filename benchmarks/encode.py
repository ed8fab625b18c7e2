"""A track made on demand, from click to last byte, beside the ffmpeg program on the same file.

Four minutes of music as FLAC become MP3 V0: by the store's own path (rendition, sandboxed encoder
with its template warm, cache, row) and by `ffmpeg -codec:a libmp3lame -qscale:a 0` into a pipe, in
turns. `ratio_to_ffmpeg` is the median over the rounds. First bytes are those of the rounds and of
some readers who leave at once.
"""

from __future__ import annotations

import argparse
import io
import shutil
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from store import a_bench_store, report

sys.path.append(str(Path(__file__).parent.parent / "tests"))

RATE_HZ, SECONDS = 44_100, 240
FIRST_BYTES_WANTED = 10


def main() -> None:
    """Run the rounds and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    asked = options.parse_args()
    if shutil.which("ffmpeg") is None:
        sys.exit("The ffmpeg program is not here; on Debian: apt-get install ffmpeg")
    with a_bench_store():
        from pennywhistle.apps.media.folders import MASTERS

        bench = Bench(MASTERS.put([music()]).sha256)
        bench.ours()
        bench.first_bytes_s.clear()
        rounds = [(bench.ours(), ffmpeg(bench.master)) for _ in range(asked.rounds)]
        for _ in range(FIRST_BYTES_WANTED):
            bench.leave_at_once()
        first_ms = sorted(1000 * first_s for first_s in bench.first_bytes_s)
    report(
        "encode",
        {
            "ours_s": statistics.median(ours for ours, _ in rounds),
            "ffmpeg_s": statistics.median(theirs for _, theirs in rounds),
            "ratio_to_ffmpeg": statistics.median(ours / theirs for ours, theirs in rounds),
            "first_byte_ms_p50": statistics.median(first_ms),
            "first_byte_ms_p99": first_ms[round(0.99 * (len(first_ms) - 1))],
        },
    )


class Bench:
    """Asks for the same track again and again, each time under another title: never cached."""

    def __init__(self, master_sha256: str) -> None:
        from pennywhistle.apps.media.folders import MASTERS

        self.recording_id = a_recording()
        self.master_sha256 = master_sha256
        self.master = MASTERS.path(master_sha256)
        self.asked = 0
        self.first_bytes_s: list[float] = []

    def ours(self) -> float:
        """Seconds from the request to the last byte, kept and noted."""
        began = time.perf_counter()
        reader = self._unmade().follow()
        size_bytes = len(next(reader))
        self.first_bytes_s.append(time.perf_counter() - began)
        size_bytes += sum(map(len, reader))
        took = time.perf_counter() - began
        assert size_bytes > 1_000_000
        return took

    def leave_at_once(self) -> None:
        """Ask for the first byte only; the encoding is awaited, not measured."""
        unmade = self._unmade()
        began = time.perf_counter()
        reader = unmade.follow()
        next(reader)
        self.first_bytes_s.append(time.perf_counter() - began)
        reader.close()
        unmade.finished()

    def _unmade(self):
        from pennywhistle.apps.delivery.wanted import Wanted
        from pennywhistle.apps.delivery.work import rendition_for
        from pennywhistle.engines.audio import Recipe, Tags

        self.asked += 1
        wanted = Wanted(
            recording_id=self.recording_id,
            master_sha256=self.master_sha256,
            recipe=Recipe.parse("mp3-v0"),
            tags=Tags(title=f"Take {self.asked}", artists=("The Bench",)),
        )
        return rendition_for(wanted=wanted, now=datetime.now(UTC))


def ffmpeg(master: Path) -> float:
    """Seconds that the program takes for the whole file, its start included."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(master), "-codec:a", "libmp3lame"]
    command += ["-qscale:a", "0", "-f", "mp3", "pipe:1"]
    began = time.perf_counter()
    made = subprocess.run(command, check=True, capture_output=True).stdout
    took = time.perf_counter() - began
    assert len(made) > 1_000_000
    return took


def a_recording() -> int:
    """A row for the renditions to belong to."""
    from builders import a_shelf, a_store

    a_store()
    return int(a_shelf(track_count=1).tracks[0].recording_id)


def music() -> bytes:
    """Four minutes of chords, a tune, a bass and a beat, as FLAC."""
    from pennywhistle.engines.audio import encode
    from pennywhistle.engines.audio.pcm import PcmShape, write_wav

    random = np.random.default_rng(11)
    blocks = (_bar(number, random) for number in range(SECONDS // 2))
    made = io.BytesIO()
    shape = PcmShape(SECONDS * RATE_HZ, RATE_HZ, 2, 16)
    encode(io.BytesIO(b"".join(write_wav(shape, blocks, b""))), made, recipe="flac")
    return made.getvalue()


def _bar(number: int, random: np.random.Generator) -> np.ndarray:
    """Two seconds: four beats, one chord of four, voices with overtones, drums of noise."""
    instants = np.arange(2 * RATE_HZ) / RATE_HZ
    root = 110.0 * 2 ** ((0, 5, -4, 7)[number % 4] / 12)
    sound = np.zeros((len(instants), 2))
    for voice, semitones in enumerate((0, 7, 12, 16, 19)):
        pitch = root * 2 ** (semitones / 12)
        wave = sum(np.sin(2 * np.pi * pitch * k * instants) / k**1.5 for k in range(1, 9))
        pan = 0.3 + 0.1 * voice
        sound += 0.06 * wave[:, None] * (1 - pan, pan)
    for beat in range(8):
        at = beat * RATE_HZ // 4
        tail = np.exp(-np.arange(len(instants) - at) / (RATE_HZ * 0.08))
        pitch = root * 4 * 2 ** (random.choice((0, 2, 4, 7, 9)) / 12)
        tone = np.sin(2 * np.pi * pitch * instants[: len(tail)]) * tail
        hiss = random.standard_normal((len(tail), 2)) * tail[:, None] ** 3
        sound[at:] += 0.2 * tone[:, None] + 0.05 * hiss
    return np.round(np.clip(sound, -1, 1) * 32_000).astype(np.int16)


if __name__ == "__main__":
    main()
