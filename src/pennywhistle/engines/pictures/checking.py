"""Whether a picture that is handed on as it came is one, whole and of ordinary size."""

import io
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

from PIL import Image, JpegImagePlugin, PngImagePlugin

from pennywhistle.engines.pictures.errors import PictureRefusedError

MIME_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}

_side_px_max = 12_000
# Decoded it takes four bytes each.
_pixels_max = 80_000_000
_signatures = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n\x1a\n", "PNG"))
_plugins = (JpegImagePlugin, PngImagePlugin)
_unreadable = (OSError, SyntaxError, ValueError, struct.error, EOFError, KeyError, IndexError)


def check_picture(source: BinaryIO, sink: BinaryIO) -> dict[str, Any]:
    """Decode a picture to its end; meant to run in the sandbox, read by `read_checked`."""
    del sink
    try:
        kind = _kind(source)
        # The sides are checked by hand, before anything is decoded.
        Image.MAX_IMAGE_PIXELS = None
        try:
            opened = Image.open(source, formats=(kind,))
            _check(opened.size)
            opened.load()
        except _unreadable as error:
            raise PictureRefusedError(
                "damaged-picture", "The picture cannot be decoded."
            ) from error
    except PictureRefusedError as refusal:
        return refusal.to_json()
    return {"mime_type": MIME_TYPES[kind]}


def read_checked(value: object) -> str:
    """The media type out of the answer of a child that may have been taken over.

    Raises:
        PictureRefusedError: the answer is a refusal.
        ValueError: it is no answer.
    """
    if not isinstance(value, Mapping):
        raise ValueError("A picture's answer is an object.")  # noqa: TRY004 (the answer is wrong, not the call)
    if isinstance(refused := value.get("refused"), Mapping):
        raise PictureRefusedError.from_json(refused)
    mime_type = value.get("mime_type")
    if mime_type not in MIME_TYPES.values():
        raise ValueError("No picture is of such a type.")
    return str(mime_type)


def _kind(source: BinaryIO) -> str:
    source.seek(0)
    head = source.read(16)
    source.seek(0)
    for start, kind in _signatures:
        if head.startswith(start):
            return kind
    raise PictureRefusedError(
        "unknown-picture", "The picture is neither JPEG nor PNG, whatever its name."
    )


def _check(size: tuple[int, int]) -> None:
    width, height = size
    if max(size) > _side_px_max or width * height > _pixels_max:
        raise PictureRefusedError(
            "picture-too-large",
            f"The picture has {width} × {height} pixels; {_side_px_max} a side and "  # noqa: RUF001
            f"{_pixels_max // 1_000_000} million in all are the most.",
        )


def warm_up() -> None:
    """Make the decoders load what they load late; the sandbox calls this before it locks."""
    for kind, mime_type in MIME_TYPES.items():
        moment = io.BytesIO()
        Image.new("RGB", (8, 8)).save(moment, kind)
        answer = check_picture(moment, io.BytesIO())
        assert answer == {"mime_type": mime_type}, answer
