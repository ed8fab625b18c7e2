"""Tracks made on demand, from click to last byte, beside ffmpeg and the codecs' own programs.

Each format is made of the same track, a whole one: by the store's own path (rendition, sandboxed
encoder with its template warm, cache, row), by the ffmpeg program into a pipe, and by lame, flac,
opusenc, oggenc or wavpack where they are installed. All take turns, and a ratio is the median over
the rounds; `cpu_ratio_*` compares what the processors worked, which depends less on what else the
machine does. Then one client, and eight at once, ask for tracks nobody asked for before: a hundred
short ones of each of several formats, since a first byte does not depend on how long a track is.
`first_byte_ms_*` is how long their first bytes take: of MP3 V0, and of the others by name; of AAC,
which comes when it is made, of ten seconds of sound. `cores_busy` is the share of all cores that
the store's own processes, its database and its encoders included, keep at work while eight clients
fetch whole tracks of MP3 V0. `load` is the machine's, when it began: above a half, something else
was measured too.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from store import a_bench_store, report, server_cpu_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from pennywhistle.machine.postgres import Cluster

sys.path.append(str(Path(__file__).parent.parent / "tests"))

RATE_HZ = 44_100
CLIENTS = 8
FIRST_BYTES_OF = ("mp3-v0", "mp3-320", "flac", "flac-l8", "opus-128", "vorbis-q6", "wav", "aac-256")
FIRST_BYTE_SAMPLES = 100
SHORT_SECONDS = 10
WHOLE_TRACKS = 2 * CLIENTS
# What ffmpeg is told for the same form. Debian's brings LAME, libopus and libvorbis.
FFMPEG = {
    "flac-l8": ("-c:a flac -compression_level 8", "flac"),
    "alac": ("-c:a alac", "ipod"),
    "wav": ("-c:a pcm_s16le", "wav"),
    "aiff": ("-c:a pcm_s16be", "aiff"),
    "wavpack": ("-c:a wavpack -compression_level 1", "wv"),
    "mp3-v0": ("-c:a libmp3lame -q:a 0", "mp3"),
    "mp3-320": ("-c:a libmp3lame -b:a 320k", "mp3"),
    "mp3-abr-190": ("-c:a libmp3lame -abr 1 -b:a 190k", "mp3"),
    "aac-256": ("-c:a aac -b:a 256k", "ipod"),
    "opus-128": ("-c:a libopus -b:a 128k", "opus"),
    "vorbis-q6": ("-c:a libvorbis -q:a 6", "ogg"),
}
NATIVE = {
    "flac-l8": "flac -s -f -8 -o {out} {wav}",
    "wavpack": "wavpack -q -y {wav} -o {out}",
    "mp3-v0": "lame --quiet -V0 {wav} {out}",
    "mp3-320": "lame --quiet -b 320 {wav} {out}",
    "mp3-abr-190": "lame --quiet --abr 190 {wav} {out}",
    "opus-128": "opusenc --quiet --bitrate 128 {wav} {out}",
    "vorbis-q6": "oggenc -Q -q 6 -o {out} {wav}",
}
# Whose container is written at its end, and needs a file rather than a pipe.
SEEKING = {"ipod", "wv"}


def main() -> None:
    """Run the rounds and print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=240)
    options.add_argument("--samples", type=int, default=FIRST_BYTE_SAMPLES)
    options.add_argument("--formats", default=",".join(FFMPEG))
    asked = options.parse_args()
    if shutil.which("ffmpeg") is None:
        sys.exit("The ffmpeg program is not here; on Debian: apt-get install ffmpeg")
    figures: dict[str, float] = {"load": os.getloadavg()[0]}
    with a_bench_store() as cluster, tempfile.TemporaryDirectory() as folder:
        from pennywhistle.apps.media.folders import MASTERS

        bench = Bench(MASTERS.put([music(asked.seconds, "flac")]).sha256, asked.seconds)
        others = Others(bench.master, Path(folder), music(asked.seconds, "wav"))
        bench.whole("wav")
        for name in asked.formats.split(","):
            figures |= compared(name, bench, others, asked.rounds)
            print(name, figures)
        short = Bench(MASTERS.put([music(SHORT_SECONDS, "flac")]).sha256, SHORT_SECONDS)
        for name in FIRST_BYTES_OF:
            if name in asked.formats.split(",") or name == "flac":
                figures |= short.first_bytes(name, samples=asked.samples)
                print(name, figures)
        figures["cores_busy"] = bench.cores_busy(cluster)
    report("encode", figures)


def compared(name: str, bench: Bench, others: Others, rounds: int) -> dict[str, float]:
    """The store's time beside the programs' in turns: by the clock, and of the processors."""
    taken = [
        (worked(bench.whole, name), worked(others.ffmpeg, name), others.native(name))
        for _ in range(rounds)
    ]
    ours, ffmpegs, natives = zip(*taken, strict=True)
    clock, cpu = (
        [ratio(our[of], their[of]) for our, their in zip(ours, ffmpegs, strict=True)]
        for of in (0, 1)
    )
    found = {
        f"ours_s_{name}": statistics.median(seconds for seconds, _ in ours),
        f"ratio_to_ffmpeg_{name}": statistics.median(clock),
        f"cpu_ratio_to_ffmpeg_{name}": statistics.median(cpu),
    }
    if None not in natives:
        found[f"ratio_to_native_{name}"] = statistics.median(
            ratio(seconds, native) for (seconds, _), native in zip(ours, natives, strict=True)
        )
    return found


def worked(make: Callable[[str], float], name: str) -> tuple[float, float]:
    """Seconds by the clock, and of all processors, programs and the sandbox's children included."""
    before = family_cpu_s()
    return make(name), family_cpu_s() - before


def ratio(ours: float, theirs: float) -> float:
    """How many times as long."""
    return ours / theirs


class Bench:
    """Asks for the same track again and again, each time under another title: never cached."""

    def __init__(self, master_sha256: str, seconds: int) -> None:
        from pennywhistle.apps.media.folders import MASTERS

        self.recording_id = a_recording()
        self.master_sha256 = master_sha256
        self.master = MASTERS.path(master_sha256)
        self.seconds = seconds
        self.asked = 0

    def whole(self, recipe: str) -> float:
        """Seconds from the request to the last byte, kept and noted."""
        began = time.perf_counter()
        size_bytes = sum(map(len, self._unmade(recipe).follow()))
        took = time.perf_counter() - began
        assert size_bytes > 1_000 * self.seconds
        return took

    def first_bytes(self, recipe: str, *, samples: int) -> dict[str, float]:
        """How long first bytes take, for one client and for eight at once."""
        one = [self._first(recipe)[0] for _ in range(samples)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            many = [first for first, _ in pool.map(self._first, [recipe] * samples)]
        of = "" if recipe == FIRST_BYTES_OF[0] else f"_{recipe}"
        return {
            **quantiles(f"first_byte_ms{of}", one),
            **quantiles(f"first_byte_ms_8_clients{of}", many),
        }

    def cores_busy(self, cluster: Cluster) -> float:
        """The share of all cores that we keep at work for eight clients."""
        busy_before, began = family_cpu_s() + server_cpu_s(cluster), time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(self._first, ["mp3-v0"] * WHOLE_TRACKS))
        took = time.perf_counter() - began
        busy = family_cpu_s() + server_cpu_s(cluster) - busy_before
        return busy / took / (os.cpu_count() or 1)

    def _first(self, recipe: str) -> tuple[float, float]:
        """Seconds to the first byte, and to the last one."""
        from django.db import connection

        began = time.perf_counter()
        reader = self._unmade(recipe).follow()
        next(reader)
        first = time.perf_counter() - began
        for _ in reader:
            pass
        connection.close()
        return first, time.perf_counter() - began

    def _unmade(self, recipe: str):
        from pennywhistle.apps.delivery.wanted import Wanted
        from pennywhistle.apps.delivery.work import rendition_for
        from pennywhistle.engines.audio import Recipe, Tags

        self.asked += 1
        wanted = Wanted(
            recording_id=self.recording_id,
            master_sha256=self.master_sha256,
            recipe=Recipe.parse(recipe),
            tags=Tags(title=f"Take {self.asked}", artists=("The Bench",)),
            length_ms=self.seconds * 1000,
        )
        return rendition_for(wanted=wanted, now=datetime.now(UTC))


def quantiles(name: str, seconds: list[float]) -> dict[str, float]:
    """The middle and the nearly worst, in milliseconds."""
    ordered = sorted(seconds)
    last = ordered[round(0.99 * (len(ordered) - 1))]
    return {f"{name}_p50": 1000 * statistics.median(ordered), f"{name}_p99": 1000 * last}


def family_cpu_s() -> float:
    """What this process and all below it worked until now; those that ended, too.

    proc_pid_stat(5), fields 14 to 17: a process that was waited for counts with its parent.
    """
    parents, ticks = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(words[1])
        ticks[int(folder.name)] = sum(map(int, words[11:15]))
    family, grown = set(), {os.getpid()}
    while grown:
        family |= grown
        grown = {pid for pid, parent in parents.items() if parent in grown} - family
    return sum(ticks.get(pid, 0) for pid in family) / os.sysconf("SC_CLK_TCK")


class Others:
    """The programs that people would use by hand."""

    def __init__(self, master: Path, folder: Path, wav: bytes) -> None:
        self.master = master
        self.folder = folder
        self.wav = folder / "track.wav"
        self.wav.write_bytes(wav)

    def ffmpeg(self, name: str) -> float:
        """Seconds that the program takes for the whole file, its start included."""
        told, kind = FFMPEG[name]
        out = str(self.folder / "made") if kind in SEEKING else "pipe:1"
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(self.master)]
        return self._run([*command, *told.split(), "-f", kind, out])

    def native(self, name: str) -> float | None:
        """Seconds that the codec's own program takes; None where it is not installed."""
        told = NATIVE.get(name)
        if told is None or shutil.which(told.split()[0]) is None:
            return None
        return self._run(told.format(out=self.folder / "made", wav=self.wav).split())

    def _run(self, command: list[str]) -> float:
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - began


def a_recording() -> int:
    """A row for the renditions to belong to."""
    from builders import a_shelf, a_store

    a_store()
    return int(a_shelf(track_count=1).tracks[0].recording_id)


def music(seconds: int, recipe: str) -> bytes:
    """Chords, a tune, a bass and a beat."""
    from pennywhistle.engines.audio import encode
    from pennywhistle.engines.audio.pcm import PcmShape, write_wav

    random = np.random.default_rng(11)
    blocks = (_bar(number, random) for number in range(seconds // 2))
    made = io.BytesIO()
    shape = PcmShape(seconds // 2 * 2 * RATE_HZ, RATE_HZ, 2, 16)
    encode(io.BytesIO(b"".join(write_wav(shape, blocks, b""))), made, recipe=recipe)
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
