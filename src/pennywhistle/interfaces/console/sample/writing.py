"""The sample catalog as folders that a supplier might send: FLAC files with tags, and a cover."""

import multiprocessing
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from pennywhistle.interfaces.console.sample.covers import SLEEVES
from pennywhistle.interfaces.console.sample.model import SampleLabel, SampleRelease, SampleTrack
from pennywhistle.interfaces.console.sample.music import STYLES
from pennywhistle.interfaces.console.sample.sound.mixing import to_pcm
from pennywhistle.interfaces.console.sample.sound.signal import SAMPLE_RATE_HZ

PROCESS_COUNT = 2
BLOCK_SIZE = 4_608
NAME_LENGTH_MAX = 80


def write_labels(
    labels: Sequence[SampleLabel], folder: Path, *, progress: Callable[[int, int], None]
) -> Iterator[Path]:
    """Synthesize and write every release of the labels into a folder of its own.

    Yields the folders in the order of the labels, each as soon as it is whole; the others are
    written meanwhile. `progress` hears, in some thread, how many of the files are there, of how
    many. The same program writes the same bytes each time; what is there already under a file's
    name is replaced.
    """
    context = multiprocessing.get_context("spawn")  # a fork would take open connections along
    with ProcessPoolExecutor(PROCESS_COUNT, mp_context=context) as pool:
        places: list[tuple[Path, list[Future[None]]]] = []
        for label in labels:
            for release in label.releases:
                place = folder / folder_name(release)
                place.mkdir(parents=True, exist_ok=True)
                jobs = [
                    pool.submit(write_track, track, tags(label, release, track), place)
                    for track in release.tracks
                ]
                places.append((place, [*jobs, pool.submit(write_cover, release.cover, place)]))
        _tell([job for _, jobs in places for job in jobs], progress)
        try:
            for place, jobs in places:
                for job in jobs:
                    job.result()
                yield place
        finally:
            # Whoever stops in the middle does not wait for the rest.
            pool.shutdown(cancel_futures=True)


def _tell(jobs: Sequence[Future[None]], progress: Callable[[int, int], None]) -> None:
    numbers = count(1)

    def tell(job: Future[None]) -> None:
        if not job.cancelled():
            progress(next(numbers), len(jobs))

    progress(0, len(jobs))
    for job in jobs:
        job.add_done_callback(tell)


def folder_name(release: SampleRelease) -> str:
    """`Artist & Artist - Title`, safe on every file system."""
    return _safe(f"{' & '.join(release.artists)} - {release.title}")


def file_name(track: SampleTrack) -> str:
    """`01 Title.flac`, safe on every file system."""
    return _safe(f"{track.number:02d} {track.title}") + ".flac"


def _safe(name: str) -> str:
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "_", name)[:NAME_LENGTH_MAX].rstrip(". ")


def tags(label: SampleLabel, release: SampleRelease, track: SampleTrack) -> dict[str, str]:
    """The tags of a file, by FFmpeg's names, which become Vorbis comments in a FLAC file."""
    found = {
        "title": track.title,
        "artist": " & ".join(release.artists),
        "album": release.title,
        "album_artist": " & ".join(release.artists),
        "track": str(track.number),
        "TRACKTOTAL": str(len(release.tracks)),
        "disc": "1",
        "date": release.released_on.isoformat(),
        "genre": release.genre,
        "ISRC": track.isrc,
        "composer": "; ".join(track.composers),
        "LABEL": label.name,
        "BARCODE": release.upc,
        "CATALOGNUMBER": release.catalog_number,
    }
    if track.explicit:
        found["ITUNESADVISORY"] = "1"
    return found


def render_pcm(piece: tuple[str, int], seconds: float) -> NDArray[np.int16]:
    """A piece as 16-bit stereo, two rows; shorter than its length, it stops early."""
    style, number = piece
    return to_pcm(STYLES[style].render(number, seconds))


def write_track(track: SampleTrack, found: dict[str, str], folder: Path) -> None:
    """Synthesize one track into its file, which appears only when it is whole."""
    pcm = render_pcm(track.piece, float(track.seconds))
    unfinished = folder / f".{track.isrc}.part"
    write_flac(unfinished, pcm, found)
    unfinished.replace(folder / file_name(track))


def write_flac(path: Path, pcm: NDArray[np.int16], found: dict[str, str]) -> None:
    """Write 16-bit stereo, two rows, as FLAC; without the encoder's version, so that bytes stay."""
    options = {"fflags": "+bitexact"}
    with av.open(str(path), "w", format="flac", container_options=options) as container:
        container.metadata.update(found)
        stream = container.add_stream("flac", rate=SAMPLE_RATE_HZ)
        stream.codec_context.layout = "stereo"
        stream.codec_context.format = "s16"
        stream.codec_context.time_base = Fraction(1, SAMPLE_RATE_HZ)
        stream.codec_context.options = {"compression_level": "5", "flags": "+bitexact"}
        woven = np.ascontiguousarray(pcm.T).reshape(1, -1)
        for start in range(0, pcm.shape[1], BLOCK_SIZE):
            part = woven[:, 2 * start : 2 * (start + BLOCK_SIZE)]
            frame = av.AudioFrame.from_ndarray(part, format="s16", layout="stereo")
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_cover(cover: str, folder: Path) -> None:
    """Draw a sleeve into the release's folder."""
    unfinished = folder / ".cover.part"
    unfinished.write_bytes(SLEEVES[cover]())
    unfinished.replace(folder / "cover.jpg")
