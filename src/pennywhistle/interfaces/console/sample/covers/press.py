"""A small printing press: masks drawn large, laid on paper as inks with grain."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Color = tuple[int, int, int]
Point = tuple[float, float]

SLEEVE_SIZE_PX = 1_400
OVERSAMPLING = 3
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
            place = (x * SCALE, y * SCALE)
            self.pen.text(place, letter, fill=255, font=font, anchor="ls", stroke_width=stroke)
            x += font.getlength(letter) / SCALE + tracking * size / 1_000
        return x - tracking * size / 1_000

    def clear_text(self, at: Point, words: str, size: float, *, weight: float = 0.0) -> None:
        """Leave letters free of ink in what was drawn before."""
        font = ImageFont.load_default(size * SCALE)
        self.pen.text(
            (at[0] * SCALE, at[1] * SCALE),
            words,
            fill=0,
            font=font,
            anchor="ls",
            stroke_width=weight * size / 1_000 * SCALE,
        )

    def paint(self, mask: NDArray[np.bool_]) -> None:
        """Add a mask of the sleeve's own size."""
        layer = Image.fromarray(mask.astype(np.uint8) * 255)
        self.image.paste(255, mask=layer.resize(self.image.size, Image.Resampling.BILINEAR))


def text_width(words: str, size: float, *, tracking: float = 0.0) -> float:
    """How wide a line of type is, in the sleeve's units."""
    font = ImageFont.load_default(size * SCALE)
    letters = sum(font.getlength(letter) for letter in words) / SCALE
    return float(letters + tracking * size / 1_000 * (len(words) - 1))


class Sleeve:
    """A sleeve in print: paper first, then ink after ink."""

    def __init__(self, paper: Color, *, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        side = SLEEVE_SIZE_PX
        self.pixels = np.empty((side, side, 3), dtype=np.float32)
        self.pixels[:] = np.array(paper, dtype=np.float32) / 255

    def ink(
        self, plate: Plate, color: Color, *, overprint: bool = False, grain: float = 0.06
    ) -> None:
        """Print a plate: opaque, or over what is there as a transparent ink (`overprint`)."""
        mask = np.asarray(plate.image.reduce(OVERSAMPLING), dtype=np.float32) / 255
        if grain > 0.0:
            speck = self.rng.random(mask.shape, dtype=np.float32)
            # Dry specks, as a drum printer leaves them in a full area.
            mask = mask * (1 - np.float32(grain) * speck - (speck > 1 - grain * 0.12) * 0.55)
        cover = mask[:, :, None]
        tone = np.array(color, dtype=np.float32) / 255
        wet = self.pixels * tone if overprint else tone
        self.pixels += cover * (wet - self.pixels)

    def jpeg(self) -> bytes:
        """The finished picture, with the tooth of the paper."""
        tooth = self.rng.standard_normal(self.pixels.shape[:2], dtype=np.float32) * 0.012
        dots = np.clip((self.pixels + tooth[:, :, None]) * 255 + 0.5, 0, 255).astype(np.uint8)
        buffer = BytesIO()
        Image.fromarray(dots).save(buffer, "JPEG", quality=88, subsampling=0)
        return buffer.getvalue()
