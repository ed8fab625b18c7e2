"""Draws a whole recording's spectrogram: time to the right, frequency upwards, level as light.

FFmpeg's own (`showspectrumpic`) would do the sums in less time, but holds all of them in memory,
cannot be told where its scales are or how they look, and changes with its version: the same file
would not stay the same picture.
"""

import io
import math
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

# The plugin is imported by name, so that nothing is left to load behind the sandbox's lock.
from PIL import Image, ImageDraw, ImageFont, WebPImagePlugin

from pennywhistle.engines.audio.decoding import Chain, Samples, as_samples, decode, open_audio
from pennywhistle.engines.audio.pcm import PcmShape, silent_wav

Doubles = npt.NDArray[np.float64]

# Whenever anything here changes a picture: it is part of the key under which pictures are kept.
VERSION = "spectrogram-1"
WIDTH_PX, HEIGHT_PX = 1000, 460

_left, _right, _top, _bottom = 62, 14, 30, 36
_columns = WIDTH_PX - _left - _right
_rows = HEIGHT_PX - _top - _bottom
# A tenth of a second: fine enough for beats, and for edges of 11 Hz.
_window_s = 0.093
_floor_db, _ceiling_db = -115.0, -15.0
_frames_per_batch = 32
_text_px, _tick_px = 19, 6
# Dark in every page, so that quiet is dark: paper, letters, and lines of its own.
_paper, _letters = "#14110f", "#e8dfd2"
# Ever lighter, so that it also reads without seeing colors.
_shades = ("#14110f", "#2b1d33", "#5f2a44", "#a2453a", "#d98236", "#f4cd7d", "#fffbe9")
_time_steps_s = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600)
_pitch_steps_khz = (1, 2, 5, 10, 20, 50)
_ticks_max = 8
_webp_quality = 82


def draw_spectrogram(source: BinaryIO, sink: BinaryIO) -> dict[str, Any]:
    """Write a WebP of 1000 × 460 pixels of a master that was examined; answer what it shows.

    Meant to run in the sandbox. Takes one pass and the same memory for a minute as for hours.

    Raises:
        AudioRefusedError: the source is no audio. Through the sandbox this is a
            FunctionFailedError with the same code and sentence.
    """  # noqa: RUF002 (the sign)
    with open_audio(source) as opened:
        columns = _Columns(opened.sample_rate_hz)
        floats = Chain([("aformat", "sample_fmts=flt")])
        for frame in floats.run(decode(opened)):
            columns.add(as_samples(frame, opened.channels))
        top_khz = opened.sample_rate_hz / 2000
        duration_s = columns.sample_count / opened.sample_rate_hz
    picture = _Sheet(top_khz, duration_s).draw(columns.levels_db())
    picture.save(sink, "WEBP", quality=_webp_quality, method=4)
    return {"width": WIDTH_PX, "height": HEIGHT_PX, "duration_ms": round(duration_s * 1000)}


def is_picture(content: bytes) -> bool:
    """Whether this is what `draw_spectrogram` may have written, in a child not to be trusted."""
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


class _Columns:
    """Mean power by time and frequency; times are joined in pairs whenever they become too many."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._size = 1 << round(math.log2(sample_rate_hz * _window_s))
        self._window = np.hanning(self._size).astype(np.float32)
        self._scale = 4 / float(self._window.sum()) ** 2
        self._edges = np.linspace(0, self._size // 2, _rows + 1).astype(int)[:-1]
        self._powers = np.zeros((2 * _columns, _rows), np.float32)
        self._count = 0
        # Windows that make one column, and those of the next that are there.
        self._per_column = 1
        self._open = np.zeros(_rows, np.float32)
        self._open_count = 0
        self._rest: npt.NDArray[Any] | None = None
        self.sample_count = 0

    def add(self, samples: Samples) -> None:
        """Take the next rows of floats up to 1."""
        self.sample_count += len(samples)
        if self._rest is not None:
            samples = np.concatenate((self._rest, samples))
        count = min(len(samples) // self._size, 1 << 20)
        whole = count * self._size
        if count >= _frames_per_batch:
            self._look(samples[:whole].reshape(count, self._size, -1))
            samples = samples[whole:].copy()
        self._rest = samples

    def _look(self, blocks: npt.NDArray[Any]) -> None:
        spectra = np.fft.rfft(blocks * self._window[:, None], axis=1)
        powers = (np.abs(spectra) ** 2).mean(axis=2)[:, :-1] * self._scale
        bands = np.maximum.reduceat(powers, self._edges, axis=1)
        for band in bands:
            self._open += band
            self._open_count += 1
            if self._open_count == self._per_column:
                self._close()

    def _close(self) -> None:
        self._powers[self._count] = self._open / self._open_count
        self._count += 1
        self._open[:], self._open_count = 0, 0
        if self._count == len(self._powers):
            pairs = self._powers.reshape(-1, 2, _rows).mean(axis=1)
            self._powers[: len(pairs)] = pairs
            self._count, self._per_column = len(pairs), 2 * self._per_column

    def levels_db(self) -> Doubles:
        """Rows from the highest frequency down, one column for each of the picture's."""
        self._look_at_rest()
        if self._open_count:
            self._close()
        found = self._powers[: self._count].astype(np.float64)
        edges = np.linspace(0, len(found), _columns + 1)
        if len(found) >= _columns:
            spread = np.add.reduceat(found, edges[:-1].astype(int), axis=0)
            spread /= np.diff(np.append(edges[:-1].astype(int), len(found)))[:, None]
        else:
            spread = found[np.minimum(edges[:-1].astype(int), len(found) - 1)]
        return np.asarray(10 * np.log10(np.maximum(spread, 1e-14))).T[::-1]

    def _look_at_rest(self) -> None:
        """What is left, filled up with silence; all of a file that is shorter than a window."""
        if self._rest is None or not len(self._rest):
            return
        missing = -len(self._rest) % self._size
        filled = np.pad(self._rest, ((0, missing), (0, 0)))
        self._look(filled.reshape(-1, self._size, filled.shape[1]))
        self._rest = None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The picture around the levels: scales in kHz and minutes."""

    top_khz: float
    duration_s: float

    def draw(self, levels_db: Doubles) -> Image.Image:
        """Everything, on paper of its own."""
        sheet = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), _paper)
        sheet.paste(_lit(levels_db), (_left, _top))
        pen = ImageDraw.Draw(sheet)
        font = ImageFont.load_default(_text_px)
        frame = (_left - 1, _top - 1, WIDTH_PX - _right, HEIGHT_PX - _bottom)
        pen.rectangle(frame, outline=_letters)
        for khz in _ticks(self.top_khz, _pitch_steps_khz):
            y = HEIGHT_PX - _bottom - khz / self.top_khz * _rows
            pen.line((_left - _tick_px, y, _left - 1, y), fill=_letters)
            pen.text((_left - _tick_px - 4, y), f"{khz}", fill=_letters, font=font, anchor="rm")
        for second in _ticks(self.duration_s, _time_steps_s):
            x = _left + second / max(self.duration_s, 1e-9) * _columns
            y = HEIGHT_PX - _bottom
            pen.line((x, y, x, y + _tick_px), fill=_letters)
            anchor = "ma" if x < WIDTH_PX - 2 * _right - _text_px else "ra"
            pen.text((x, y + _tick_px + 3), _clock(second), fill=_letters, font=font, anchor=anchor)
        pen.text((_tick_px, _tick_px), "kHz", fill=_letters, font=font)
        return sheet


def _lit(levels_db: Doubles) -> Image.Image:
    """Levels as light, from the floor to the ceiling."""
    shares = ((levels_db - _floor_db) / (_ceiling_db - _floor_db)).clip(0, 1)
    anchors = np.asarray([[int(s[i : i + 2], 16) for i in (1, 3, 5)] for s in _shades])
    places = np.linspace(0, 255, len(_shades))
    table = np.stack([np.interp(np.arange(256), places, anchors[:, c]) for c in range(3)], axis=1)
    return Image.fromarray(table.astype(np.uint8)[(shares * 255).astype(np.uint8)])


def _ticks(end: float, steps: tuple[int, ...]) -> range:
    """Round numbers from zero to the end, eight at most besides zero."""
    step = next((each for each in steps if end / each <= _ticks_max), steps[-1])
    return range(0, math.floor(end) + 1, step)


def _clock(second: int) -> str:
    hours, minutes = divmod(second // 60, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{second % 60:02d}"
    return f"{minutes}:{second % 60:02d}"


def warm_up() -> None:
    """Make every library load what it loads late; the sandbox calls this before it locks."""
    assert WebPImagePlugin is not None
    draw_spectrogram(io.BytesIO(silent_wav(PcmShape(4096, 44_100, 2, 16))), io.BytesIO())
