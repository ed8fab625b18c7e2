"""Real recordings that the system has, such as Debian's game music, found and decoded."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

RATE_HZ = 44_100
ENDINGS = (".ogg", ".mp3", ".flac", ".opus")
SMALLEST_BYTES = 300_000
HERE = Path("/usr/share")


@dataclass(frozen=True)
class Recording:
    """A file, or a member of a game's archive."""

    path: Path
    member: str = ""

    def __str__(self) -> str:
        return f"{self.path}/{self.member}" if self.member else str(self.path)

    def opened(self) -> Path | io.BytesIO:
        """What FFmpeg can open."""
        if not self.member:
            return self.path
        with zipfile.ZipFile(self.path) as archive:
            return io.BytesIO(archive.read(self.member))


def found_recordings(folders: list[Path]) -> Iterator[Recording]:
    """Music by path, also inside of games' archives."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix not in {*ENDINGS, ".pk3"} or path.is_symlink():
                continue
            if path.suffix in ENDINGS and path.stat().st_size > SMALLEST_BYTES:
                yield Recording(path)
            elif path.suffix == ".pk3" and zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    for member in archive.infolist():
                        large = member.file_size > SMALLEST_BYTES
                        if large and member.filename.endswith(ENDINGS):
                            yield Recording(path, member.filename)


def decode(
    source: io.BytesIO | Path, *, seconds_max: float = 1e9, played_as_hz: int | None = None
) -> np.ndarray:
    """Stereo at 44.1 kHz, 16 bits, from the beginning; played as if at a rate, at another speed."""
    resampler = av.AudioResampler("s16", "stereo", RATE_HZ)
    pieces, count = [], 0
    with av.open(str(source) if isinstance(source, Path) else source) as file:
        for frame in file.decode(file.streams.audio[0]):
            frame.sample_rate = played_as_hz or frame.sample_rate
            frame.pts = None
            for made in resampler.resample(frame):
                pieces.append(made.to_ndarray().reshape(-1, 2))
                count += len(pieces[-1])
            if count >= seconds_max * RATE_HZ:
                break
    return np.concatenate(pieces)[: int(min(seconds_max * RATE_HZ, count))]
