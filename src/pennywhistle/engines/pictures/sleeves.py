"""Decodes a cover and encodes it anew: square, in three sizes, as JPEG and AVIF.

What is written shares no byte with what was read, so neither metadata nor a second meaning of
the file (a picture that is also a page or an archive) comes along.
"""

import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

# The plugins are imported by name, so that nothing is left to load behind the sandbox's lock.
from PIL import (
    AvifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from pennywhistle.engines.pictures.errors import PictureRefusedError

SIDES_PX = (320, 640, 1280)
SLEEVE_NAMES = tuple(f"{kind}-{side}" for kind in ("jpeg", "avif") for side in SIDES_PX)

_side_px_max = 6_000
_side_px_min = 100
_jpeg_quality = 85
_avif_quality = 62
# Of libavif, 0 (slow) to 10. Eight takes a third of the default's time for as many bytes; nine
# takes a third of eight's for 30 % more, which is right for the large picture only.
_avif_speed = 8
_avif_speed_large = 9
_signatures = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
)
_plugins = (AvifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
# What decoders raise on damaged bytes.
_unreadable = (OSError, SyntaxError, ValueError, struct.error, EOFError, KeyError, IndexError)


@dataclass(frozen=True, slots=True)
class Sleeves:
    """A cover's files by name ("jpeg-640"), and the size of the picture that was delivered."""

    width: int
    height: int
    files: dict[str, bytes]


def make_sleeves(source: BinaryIO, sink: BinaryIO) -> dict[str, Any]:
    """Write a cover's files to the sink, one behind the other; answer their names and lengths.

    Meant to run in the sandbox; `read_sleeves` reads the answer, a refusal included. A picture
    that is not square loses its edges; one smaller than a size is not blown up to it.
    """
    try:
        picture, size = _read(source)
    except PictureRefusedError as refusal:
        return refusal.to_json()
    lengths = []
    for name in SLEEVE_NAMES:
        kind, side = name.split("-")
        content = _encode(picture, kind, int(side))
        sink.write(content)
        lengths.append([name, len(content)])
    return {"width": size[0], "height": size[1], "files": lengths}


def read_sleeves(value: object, attachment: bytes) -> Sleeves:
    """Read the answer of a child that may have been taken over.

    Raises:
        PictureRefusedError: the answer is a refusal.
        ValueError: it is no answer.
    """
    if not isinstance(value, Mapping):
        raise ValueError("A cover's answer is an object.")  # noqa: TRY004 (the answer is wrong, not the call)
    if isinstance(refused := value.get("refused"), Mapping):
        raise PictureRefusedError.from_json(refused)
    files, start = {}, 0
    for expected, (name, length) in zip(SLEEVE_NAMES, value["files"], strict=True):
        content = attachment[start : start + int(length)]
        if name != expected or not _looks_like(name, content):
            raise ValueError(f"{expected} is not a picture.")
        files[expected] = content
        start += int(length)
    return Sleeves(int(value["width"]), int(value["height"]), files)


def _looks_like(name: str, content: bytes) -> bool:
    if name.startswith("jpeg"):
        return content.startswith(b"\xff\xd8\xff")
    return content[4:12] == b"ftypavif"


def _read(source: BinaryIO) -> tuple[Image.Image, tuple[int, int]]:
    """The picture as a square in sRGB, no larger than needed, and its own width and height."""
    kind = _kind(source)
    # The sides are checked by hand, before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        opened = Image.open(source, formats=(kind,))
        size = opened.size
        _check(size)
        # JPEG decodes to a half or a quarter at once.
        opened.draft("RGB", (2 * SIDES_PX[-1], 2 * SIDES_PX[-1]))
        opened.load()
        upright = ImageOps.exif_transpose(opened)
        side = min(*upright.size, SIDES_PX[-1])
        return ImageOps.fit(_in_srgb(upright), (side, side), Image.Resampling.LANCZOS), size
    except _unreadable as error:
        raise PictureRefusedError("damaged-picture", "The picture cannot be decoded.") from error


def _kind(source: BinaryIO) -> str:
    source.seek(0)
    head = source.read(16)
    source.seek(0)
    for start, kind in _signatures:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    raise PictureRefusedError(
        "unknown-picture", "The cover is neither JPEG, PNG nor WebP, whatever its name."
    )


def _check(size: tuple[int, int]) -> None:
    width, height = size
    if max(size) > _side_px_max:
        raise PictureRefusedError(
            "picture-too-large",
            f"The cover has {width} × {height} pixels; {_side_px_max} a side is the most.",  # noqa: RUF001
        )
    if min(size) < _side_px_min:
        raise PictureRefusedError(
            "picture-too-small",
            f"The cover has {width} × {height} pixels; {_side_px_min} a side is the least.",  # noqa: RUF001
        )


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Colors as every screen shows them; transparency becomes paper."""
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in {"RGB", "CMYK"}:
        try:
            converted = ImageCms.profileToProfile(
                picture,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    if picture.mode in {"RGBA", "LA", "P", "PA"}:
        clear = picture.convert("RGBA")
        paper = Image.new("RGBA", clear.size, "#f7f3ec")
        return Image.alpha_composite(paper, clear).convert("RGB")
    return picture.convert("RGB")


def _encode(picture: Image.Image, kind: str, side: int) -> bytes:
    sized = picture
    if side < picture.width:
        sized = picture.resize((side, side), Image.Resampling.LANCZOS)
    # A picture made of the samples alone: the decoder's notes about the original stay behind.
    clean = Image.frombytes("RGB", sized.size, sized.tobytes())
    made = io.BytesIO()
    if kind == "jpeg":
        clean.save(made, "JPEG", quality=_jpeg_quality, progressive=True, optimize=True)
    else:
        speed = _avif_speed_large if side == SIDES_PX[-1] else _avif_speed
        clean.save(made, "AVIF", quality=_avif_quality, speed=speed, max_threads=1)
    return made.getvalue()


def warm_up() -> None:
    """Make every library load what it loads late; the sandbox calls this before it locks."""
    for plugin in _plugins:
        assert plugin is not None
    moment = io.BytesIO()
    Image.new("RGB", (_side_px_min, _side_px_min)).save(moment, "PNG")
    make_sleeves(moment, io.BytesIO())
