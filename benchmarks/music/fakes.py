"""What is sold as lossless and is not: pieces through lossy codecs and back, or brought up."""

from __future__ import annotations

import io
import shutil
import subprocess

import av
import numpy as np
from music.recordings import RATE_HZ, decode

from pennywhistle.engines.audio import encode
from pennywhistle.engines.audio.pcm import PcmShape, write_wav

HI_RES_HZ = 96_000
RECIPES = (
    *("mp3-64", "mp3-128", "mp3-192", "mp3-256", "mp3-320", "mp3-v0"),
    *("aac-128", "aac-192", "aac-256", "aac-320"),
    *("opus-64", "opus-96", "opus-128", "opus-160", "opus-192"),
)
VORBIS = (
    ()
    if shutil.which("ffmpeg") is None
    else ("vorbis-96", "vorbis-128", "vorbis-192", "vorbis-256", "vorbis-320")
)


def through(piece: np.ndarray, codec: str) -> np.ndarray:
    """Encoded, by the store where it writes that, and decoded to 44.1 kHz."""
    made = vorbis(piece, codec) if codec in VORBIS else by_the_store(piece, codec)
    return decode(made)


def by_the_store(piece: np.ndarray, recipe: str) -> io.BytesIO:
    """A file that the store would sell."""
    shape = PcmShape(len(piece), RATE_HZ, 2, 16)
    made = io.BytesIO()
    encode(io.BytesIO(b"".join(write_wav(shape, iter([piece]), b""))), made, recipe=recipe)
    made.seek(0)
    return made


def vorbis(piece: np.ndarray, codec: str) -> io.BytesIO:
    """By libvorbis at a mean bit rate, through the program `ffmpeg`: our libraries lack it."""
    sound = ("-f", "s16le", "-ar", str(RATE_HZ), "-ac", "2", "-i", "-")
    rate = ("-c:a", "libvorbis", "-b:a", codec.removeprefix("vorbis-") + "k", "-threads", "1")
    command = ["ffmpeg", "-v", "error", *sound, *rate, "-f", "ogg", "-"]
    made = subprocess.run(command, input=piece.tobytes(), check=True, capture_output=True)
    return io.BytesIO(made.stdout)


def brought_up(piece: np.ndarray) -> np.ndarray:
    """At 96 kHz by FFmpeg's resampler, 24 bits from the top of 32."""
    resampler = av.AudioResampler("s32", "stereo", HI_RES_HZ)
    frame = av.AudioFrame.from_ndarray(piece.reshape(1, -1), "s16", "stereo")
    frame.sample_rate = RATE_HZ
    made = [*resampler.resample(frame), *resampler.resample(None)]
    samples = np.concatenate([one.to_ndarray().reshape(-1, 2) for one in made])
    return samples & ~np.int32(0xFF)
