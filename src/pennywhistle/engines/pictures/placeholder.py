"""Draws a sleeve for a release that came without one: a whistle's fingering, out of its title."""

import colorsys
import hashlib
import io

from PIL import Image, ImageDraw

_side_px = 1_280
_oversampling = 2
_hole_count = 6
_rows = 3


def draw_placeholder(seed: str) -> bytes:
    """A square PNG that is the same for the same `seed`, and clearly another for another one.

    Three fingerings of the six holes of a pennywhistle, closed or open by the seed's SHA-256, in
    ink of one color on paper of its own.
    """
    digest = hashlib.sha256(seed.encode()).digest()
    side = _side_px * _oversampling
    paper, ink, accent = _colors(digest)
    sheet = Image.new("RGB", (side, side), paper)
    pen = ImageDraw.Draw(sheet)
    step = side / (_hole_count + 1)
    radius = step * 0.34
    for row in range(_rows):
        y = side * (row + 1) / (_rows + 1)
        pen.line([(0, y), (side, y)], fill=accent, width=round(radius * 2.9))
        for hole in range(_hole_count):
            x = step * (hole + 1)
            box = (x - radius, y - radius, x + radius, y + radius)
            closed = digest[4 + row] >> hole & 1
            pen.ellipse(box, fill=ink if closed else paper, outline=ink, width=round(radius / 6))
    made = io.BytesIO()
    sheet.reduce(_oversampling).save(made, "PNG")
    return made.getvalue()


def _colors(digest: bytes) -> tuple[str, str, str]:
    """Paper, ink and the whistle: one hue, its dark, and a neighbor."""
    hue = digest[0] / 256
    is_dark = digest[1] & 1
    paper = _hex(hue, 0.16 if is_dark else 0.91, 0.32)
    ink = _hex(hue, 0.86 if is_dark else 0.17, 0.45)
    accent = _hex(hue + 0.04 + digest[2] / 256 * 0.1, 0.38 if is_dark else 0.66, 0.42)
    return paper, ink, accent


def _hex(hue: float, lightness: float, saturation: float) -> str:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, lightness, saturation)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
