"""Small audio files for tests, made by FFmpeg's libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
from mutagen.flac import FLAC, Picture
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

RATE_HZ = 44_100


def write_audio(
    path: Path,
    *,
    seconds: float = 1.0,
    pitch_hz: float = 440.0,
    codec: str = "flac",
    rate_hz: int = RATE_HZ,
    **tags: str,
) -> Path:
    """Write a tone; the container follows from the path's suffix, the tags by FFmpeg's names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    tone = np.round(np.sin(time_s * pitch_hz * 2 * np.pi) * 8_000).astype(np.int16)
    with av.open(str(path), "w") as container:
        container.metadata.update(tags)
        stream = container.add_stream(codec, rate=rate_hz)
        stream.codec_context.layout = "mono"
        frame = av.AudioFrame.from_ndarray(tone.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate_hz
        for part in av.AudioResampler(stream.codec_context.format.name, "mono", rate_hz).resample(
            frame
        ):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def embed_cover(path: Path, picture: bytes) -> None:
    """Put a JPEG into a FLAC file as its front cover."""
    block = Picture()
    block.type, block.mime, block.data = 3, "image/jpeg", picture
    file = FLAC(path)
    file.add_picture(block)
    file.save()


def write_album(folder: Path, titles: tuple[str, ...] = ("North", "South"), **tags: str) -> Path:
    """A folder with a numbered FLAC of each title, well tagged, and a small cover."""
    for number, title in enumerate(titles, start=1):
        write_audio(
            folder / f"{number:02d} {title}.flac",
            pitch_hz=200.0 * number,
            **{
                "title": title,
                "artist": "Ada",
                "album_artist": "Ada",
                "album": folder.name,
                "track": str(number),
                "date": "2026-03-20",
                "genre": "Folk",
                "composer": "Ada; Ben",
                **tags,
            },
        )
    Image.new("RGB", (120, 120), "#b4592c").save(folder / "folder.jpg")
    return folder
