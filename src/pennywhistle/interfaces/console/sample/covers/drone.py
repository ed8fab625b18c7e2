"""Peat, Slowly: the survey map of a bog that does not exist."""

import numpy as np
from numpy.typing import NDArray

from pennywhistle.interfaces.console.sample.covers.press import SLEEVE_SIZE_PX, Color, Plate, Sleeve

LAYERS: tuple[Color, ...] = (
    (30, 42, 40), (52, 62, 48), (84, 82, 52), (122, 104, 60),
    (160, 130, 78), (196, 168, 112), (222, 206, 164),
)  # fmt: skip
INK = (28, 24, 20)
PAPER = (236, 228, 208)


def _ground() -> NDArray[np.float32]:
    """Heights of smooth hills: noise with a falling spectrum, spread evenly from 0 to 1."""
    size = 350
    rng = np.random.default_rng(77)
    rows, columns = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :]
    distance = np.hypot(rows * 0.75, columns)
    spectrum = np.fft.rfft2(rng.standard_normal((size, size)))
    spectrum *= np.exp(-((distance / 0.0042) ** 1.1)) + 0.02 * np.exp(-((distance / 0.018) ** 2))
    hills = np.fft.irfft2(spectrum, (size, size))
    hills -= hills.mean()
    hills /= hills.std()
    hills = hills.astype(np.float32)
    at = np.linspace(0, size - 1.001, SLEEVE_SIZE_PX, dtype=np.float32)
    low, part = at.astype(int), at % 1
    fine = hills[low] * (1 - part)[:, None] + hills[low + 1] * part[:, None]
    drawn: NDArray[np.float32] = fine[:, low] * (1 - part) + fine[:, low + 1] * part
    return drawn


def _clipped(mask: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.clip(mask, 0.0, 1.0).astype(np.float32)


def _bog(sleeve: Sleeve, height: NDArray[np.float32], level: float) -> None:
    """The surveyor's sign for wet ground, wherever the land is low."""
    marks = Plate()
    for row in range(24):
        for column in range(24):
            x, y = 20 + column * 42 + (row % 2) * 21, 20 + row * 42
            at = height[min(1_399, int(y * 1.4)), min(1_399, int(x * 1.4))]
            if at < level - 0.12:
                marks.box(x - 11, y, x + 11, y + 1.6)
                for tuft in (-5, 0, 5):
                    marks.line([(x + tuft * 0.6, y), (x + tuft, y - 9)], 1.5)
    sleeve.ink(marks, LAYERS[4], grain=0.0)


def draw() -> bytes:
    """The sleeve as JPEG."""
    sleeve = Sleeve(LAYERS[0], seed=5)
    height = _ground()
    slope = np.hypot(*np.gradient(height)) + 1e-6
    levels = np.linspace(-1.7, 1.5, len(LAYERS))
    for level, color in zip(levels[1:], LAYERS[1:], strict=True):
        # Height over slope is the distance to the edge in pixels: an edge without stairs.
        sleeve.ink_mask(_clipped((height - level) / slope + 0.5), color, grain=0.07)
    lines = np.zeros_like(height)
    spacing = (levels[1] - levels[0]) / 4
    count = np.round((height - levels[0]) / spacing)
    away = np.abs(height - levels[0] - count * spacing) / slope
    lines = np.where(count % 4 == 0, 1.6, 0.75) + 0.5 - away
    sleeve.ink_mask(_clipped(lines), INK, grain=0.05)
    _bog(sleeve, height, float(levels[1]))

    panel = Plate()
    panel.box(52, 52, 392, 262)
    sleeve.ink(panel, PAPER, grain=0.03)
    words = Plate()
    words.text((74, 112), "Peat, Slowly", 42, tracking=-10, weight=6)
    words.text((76, 148), "Wren Halloran", 22, tracking=10)
    words.text((76, 238), "SHEET 3   1 : 50 000", 13, tracking=120)
    words.box(76, 176, 316, 178)
    for tick in range(6):
        words.box(76 + tick * 48, 176, 77.5 + tick * 48, 190 if tick % 5 else 198)
    words.box(76, 176, 124, 184)
    words.box(172, 176, 220, 184)
    words.box(268, 176, 316, 184)
    sleeve.ink(words, INK, grain=0.02)
    return sleeve.jpeg()
