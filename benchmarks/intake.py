"""Albums taken in from a folder to the shelf, beside bare decoding of the same files.

Everything is counted that happens to a delivered album: copying and hashing, the one pass in the
sandbox (examination, judgement, fingerprint, preview's place), the search for copies, the report,
the cover in its sizes, publishing, and the previews. Two files are heard at a time. The music is
made beforehand: songs of verses and choruses, no two alike, as FLAC of 16 bits.

`ratio_to_decode` is the time of all that by the time in which two threads only decode the same
files, in the same run; `hearing_ratio_to_decode` of the one pass alone. `sandbox_ms_per_file` is a
task that does nothing, from the call to its answer, with the template warm: a child of its own for
each file costs that much.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import numpy as np
from store import a_bench_store, report

sys.path.append(str(Path(__file__).parent.parent / "tests"))

RATE_HZ = 44_100
AT_ONCE = 2
TASKS = 50
_BEAT_S = 0.5
_BAR_BEATS = 4
_SECTION_BARS = 4
_FORM = "ABABCBAB"


def main() -> None:
    """Make the albums, take them in, decode them, and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--albums", type=int, default=1)
    options.add_argument("--tracks", type=int, default=10)
    options.add_argument("--seconds", type=int, default=200)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="pennywhistle-bench-") as scratch, a_bench_store():
        albums = [
            an_album(Path(scratch) / f"Album {number + 1}", number, asked.tracks, asked.seconds)
            for number in range(asked.albums)
        ]
        files = [file for album in albums for file in sorted(album.glob("*.flac"))]
        sandbox_ms = sandbox_ms_per_file(files[0])
        steps = take_in(albums)
        decode_s = decode_all(files)
    whole_s = sum(steps.values())
    for name, seconds in steps.items():
        print(f"{name}: {seconds:.1f} s")
    print(f"bare decoding: {decode_s:.1f} s; {len(files)} files of {asked.seconds} s")
    report(
        "intake",
        {
            "albums_per_hour": 3600 * len(albums) / whole_s,
            "tracks_per_album": asked.tracks,
            "x_realtime": len(files) * asked.seconds / whole_s,
            "ratio_to_decode": whole_s / decode_s,
            "hearing_ratio_to_decode": steps["hear"] / decode_s,
            "sandbox_ms_per_file": sandbox_ms,
        },
    )


def take_in(albums: list[Path]) -> dict[str, float]:
    """Seconds of each step, over all albums, through the doors that a supplier's folder takes."""
    from builders import a_store
    from pennywhistle.apps.intake import previews, work
    from pennywhistle.apps.intake.actions import publish_delivery
    from pennywhistle.apps.intake.models import Delivery
    from pennywhistle.apps.intake.supplement import Supplement
    from pennywhistle.apps.parties.actions import ensure_party

    a_store()
    supplier_id = ensure_party(name="North Label").pk
    now = datetime.now(tz=UTC)
    clock = Clock()
    for album in albums:
        clock.start()
        taken = work.take(work.walk(album))
        delivery = work.open_delivery(
            supplier_id=supplier_id,
            source_name=album.name,
            taken=taken,
            supplement=Supplement(),
            now=now,
        )
        clock.stop("store")
        work.hear_files(delivery)
        clock.stop("hear")
        work.check_delivery(delivery_id=delivery.pk)
        clock.stop("report and cover")
        delivery.refresh_from_db()
        assert delivery.state == Delivery.State.READY, delivery.report
        publish_delivery(delivery_id=delivery.pk, terms=terms(), now=now)
        clock.stop("publish")
        previews.make_previews(delivery_id=delivery.pk, now=now)
        clock.stop("previews")
    return clock.seconds


class Clock:
    """Adds up what each step takes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = 0.0

    def start(self) -> None:
        """Begin the first step."""
        self._since = time.perf_counter()

    def stop(self, name: str) -> None:
        """End a step, and begin the next."""
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now


def terms() -> object:
    """What the albums are sold for."""
    from builders import usd
    from pennywhistle.apps.intake.actions import Terms
    from pennywhistle.kernel.period import Period
    from pennywhistle.kernel.territories import Territories

    return Terms("USD", Territories.worldwide(), Period.always(), usd("0.50"), usd("0.14"))


def decode_all(files: list[Path]) -> float:
    """Seconds in which two threads decode every file, and do nothing with it."""
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert all(pool.map(decode_one, files))
    return time.perf_counter() - began


def decode_one(file: Path) -> int:
    """Its samples per channel."""
    from pennywhistle.engines.audio.decoding import decode, open_audio

    with file.open("rb") as source, open_audio(source) as opened:
        return sum(frame.samples for frame in decode(opened))


def sandbox_ms_per_file(file: Path) -> float:
    """Milliseconds of a task that does nothing, the median of some; the template is warm."""
    from pennywhistle.apps.media import hearing
    from pennywhistle.engines.audio import encode
    from pennywhistle.engines.pictures import make_sleeves
    from pennywhistle.machine import sandbox

    sandbox.prepare(hearing.hear)
    sandbox.prepare(encode)
    sandbox.prepare(make_sleeves)
    took: list[float] = []
    for _ in range(TASKS):
        began = time.perf_counter()
        sandbox.call(sandbox.nothing, source=file)
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def an_album(folder: Path, number: int, track_count: int, seconds: int) -> Path:
    """A folder of tagged tracks and a cover."""
    from PIL import Image

    folder.mkdir(parents=True)
    for track in range(track_count):
        name = folder / f"{track + 1:02d} Song.flac"
        with name.open("w+b") as file:
            tags = {
                "title": f"Song {track + 1}",
                "artists": ["Ada"],
                "album_artists": ["Ada"],
                "album": folder.name,
                "track_number": track + 1,
                "date": "2026-03-20",
                "genres": ["Folk"],
                "composers": ["Ada"],
            }
            write_song(file, seed=1000 * number + track, seconds=seconds, tags=tags)
    Image.linear_gradient("L").resize((1500, 1500)).convert("RGB").save(folder / "cover.jpg")
    return folder


def write_song(file: BinaryIO, *, seed: int, seconds: int, tags: dict[str, object]) -> None:
    """A song as FLAC."""
    from pennywhistle.engines.audio import encode
    from pennywhistle.engines.audio.pcm import PcmShape, write_wav

    samples = song(np.random.default_rng(seed), seconds * RATE_HZ)
    shape = PcmShape(len(samples), RATE_HZ, 2, 16)
    wave = io.BytesIO(b"".join(write_wav(shape, iter([samples]), b"")))
    encode(wave, file, recipe="flac", tags=tags)


def song(chance: np.random.Generator, sample_count: int) -> np.ndarray:
    """Sections that come back, of chords, a tune and a beat, in 16 bits and stereo."""
    sections = {name: section(chance) for name in sorted(set(_FORM))}
    form = np.concatenate([sections[name] for name in _FORM])
    whole = np.tile(form, (-(-sample_count // len(form)), 1))[:sample_count]
    whole += 0.002 * chance.standard_normal(whole.shape, dtype=np.float32)
    return np.round(whole / np.abs(whole).max() * 29_000).astype(np.int16)


def section(chance: np.random.Generator) -> np.ndarray:
    """A few bars."""
    return np.concatenate([bar(chance) for _ in range(_SECTION_BARS)])


def bar(chance: np.random.Generator) -> np.ndarray:
    """A chord under four notes and four beats."""
    beat_count = round(_BEAT_S * RATE_HZ)
    instants = np.arange(_BAR_BEATS * beat_count, dtype=np.float32) / RATE_HZ
    root = 110.0 * 2 ** (chance.integers(12) / 12)
    chord = sum(
        np.sin(2 * np.pi * root * step * harmonic * instants, dtype=np.float32) / harmonic**1.3
        for step in (1.0, 1.26, 1.5)
        for harmonic in range(1, 9)
    )
    beats = [beat(chance, root, beat_count) for _ in range(_BAR_BEATS)]
    tune, drums = (np.concatenate([each[part] for each in beats]) for part in (0, 1))
    left = 0.3 * chord + 0.5 * tune + 0.4 * drums
    right = 0.3 * np.roll(chord, 90) + 0.4 * tune + 0.45 * drums
    return np.stack([left, right], axis=1).astype(np.float32)


def beat(chance: np.random.Generator, root: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """A plucked note, and a drum of noise."""
    instants = np.arange(count, dtype=np.float32) / RATE_HZ
    pitch = 4 * root * 2 ** (chance.integers(-5, 8) / 12)
    fading = np.exp(-6 * instants)
    note = sum(np.sin(2 * np.pi * pitch * k * instants) / k for k in range(1, 7)) * fading
    drum = chance.standard_normal(count) * np.exp(-(20 + 60 * chance.random()) * instants)
    return note, drum


if __name__ == "__main__":
    main()
