"""A small printing press: masks drawn large, laid on paper as inks with grain."""

import unicodedata
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Color = tuple[int, int, int]
Point = tuple[float, float]

SLEEVE_SIZE_PX = 1_400
OVERSAMPLING = 2
# Everything is drawn in units of a thousandth of the sleeve's side.
SCALE = SLEEVE_SIZE_PX * OVERSAMPLING / 1_000


class Plate:
    """One printing plate: what is drawn on it takes ink. Coordinates run from 0 to 1000."""

    def __init__(self) -> None:
        side = SLEEVE_SIZE_PX * OVERSAMPLING
        self.image = Image.new("L", (side, side), 0)
        self.pen = ImageDraw.Draw(self.image)

    def polygon(self, points: Sequence[Point], *, ink: int = 255) -> None:
        self.pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=ink)

    def box(self, left: float, top: float, right: float, bottom: float, *, ink: int = 255) -> None:
        edges = (left * SCALE, top * SCALE, right * SCALE - 1, bottom * SCALE - 1)
        self.pen.rectangle(edges, fill=ink)

    def disc(self, x: float, y: float, radius: float, *, ink: int = 255) -> None:
        self.pen.circle((x * SCALE, y * SCALE), radius * SCALE, fill=ink)

    def ring(self, x: float, y: float, radius: float, width: float) -> None:
        thick = max(1, round(width * SCALE))
        self.pen.circle((x * SCALE, y * SCALE), radius * SCALE, outline=255, width=thick)

    def line(self, points: Sequence[Point], width: float, *, ink: int = 255) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.pen.line(scaled, fill=ink, width=max(1, round(width * SCALE)), joint="curve")

    def text(
        self, at: Point, words: str, size: float, *, tracking: float = 0.0, weight: float = 0.0
    ) -> float:
        """Set a line of type with its baseline at `at`; answers where it ends.

        `tracking` is space between letters and `weight` a thickening, in thousandths of `size`.
        """
        font = ImageFont.load_default(size * SCALE)
        x, y = at
        stroke = weight * size / 1_000 * SCALE
        for letter in words:
            base, *marks = list(unicodedata.normalize("NFD", letter))
            place = (x * SCALE, y * SCALE)
            self.pen.text(place, base, fill=255, font=font, anchor="ls", stroke_width=stroke)
            wide = font.getlength(base) / SCALE
            for mark in marks:
                self._mark(mark, (x + wide / 2, y), size, tall=base.isupper())
            x += wide + tracking * size / 1_000
        return x - tracking * size / 1_000

    def _mark(self, mark: str, at: Point, size: float, *, tall: bool) -> None:
        """An accent drawn over a letter: Pillow's own font has the plain alphabet only."""
        x, y = at[0], at[1] - size * (0.86 if tall else 0.68)
        if mark == "\N{COMBINING DIAERESIS}":
            for side in (-0.115, 0.115):
                self.disc(x + side * size, y, 0.058 * size)
        elif mark == "\N{COMBINING CIRCUMFLEX ACCENT}":
            peak = (x, y - 0.07 * size)
            foot = 0.13 * size
            self.line([(x - foot, y + 0.05 * size), peak], 0.065 * size)
            self.line([peak, (x + foot, y + 0.05 * size)], 0.065 * size)
        else:
            raise ValueError(f"This press has no accent {mark!r}.")


class Sleeve:
    """A sleeve in print: paper first, then ink after ink."""

    def __init__(self, paper: Color, *, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        side = SLEEVE_SIZE_PX
        self.pixels = np.empty((side, side, 3), dtype=np.float32)
        self.pixels[:] = np.array(paper, dtype=np.float32) / 255
        self.speckle = self.rng.random((side, side), dtype=np.float32)

    def ink(
        self, plate: Plate, color: Color, *, overprint: bool = False, grain: float = 0.06
    ) -> None:
        """Print a plate: opaque, or over what is there as a transparent ink (`overprint`)."""
        mask = np.asarray(plate.image.reduce(OVERSAMPLING))
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        inked = (mask[part] / 255).astype(np.float32)
        self.ink_mask(inked, color, part=part, overprint=overprint, grain=grain)

    def ink_mask(
        self,
        mask: NDArray[np.float32],
        color: Color,
        *,
        part: tuple[slice, slice] = (slice(None), slice(None)),
        overprint: bool = False,
        grain: float = 0.06,
    ) -> None:
        """Print a mask, 0 to 1, that covers the sleeve or a part of it."""
        if grain > 0.0:
            shift = int(self.rng.integers(SLEEVE_SIZE_PX))
            speck = np.roll(self.speckle, (shift, 3 * shift), axis=(0, 1))[part]
            # Dry specks, as a drum printer leaves them in a full area.
            mask = mask * (1 - np.float32(grain) * speck - (speck > 1 - grain * 0.12) * 0.55)
        cover = mask[:, :, None]
        tone = np.array(color, dtype=np.float32) / 255
        pixels = self.pixels[part]
        pixels += cover * ((pixels * tone if overprint else tone) - pixels)

    def jpeg(self) -> bytes:
        """The finished picture, with the tooth of the paper."""
        tooth = self.rng.standard_normal(self.pixels.shape[:2], dtype=np.float32) * 0.012
        dots = np.clip((self.pixels + tooth[:, :, None]) * 255 + 0.5, 0, 255).astype(np.uint8)
        buffer = BytesIO()
        Image.fromarray(dots).save(buffer, "JPEG", quality=88, subsampling=0)
        return buffer.getvalue()
