"""Covers become square files of ours; what is no picture, or too much of one, is refused."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from pennywhistle.engines.pictures import (
    SLEEVE_NAMES,
    PictureRefusedError,
    Sleeves,
    draw_placeholder,
    make_sleeves,
    read_sleeves,
)


def a_picture(size: tuple[int, int] = (400, 300), kind: str = "PNG", **options: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "#b4592c").save(made, kind, **options)
    return made.getvalue()


def sleeves_of(content: bytes) -> Sleeves:
    sink = io.BytesIO()
    return read_sleeves(make_sleeves(io.BytesIO(content), sink), sink.getvalue())


def an_empty_png(width: int, height: int) -> bytes:
    """A PNG that promises any size and costs nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


def a_jpeg_that_says(width: int, height: int) -> bytes:
    """A JPEG whose frame header promises any size."""
    content = bytearray(a_picture((200, 200), "JPEG"))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def test_a_cover_becomes_squares_of_both_kinds() -> None:
    made = sleeves_of(a_picture((2000, 1500)))

    assert (made.width, made.height) == (2000, 1500)
    assert tuple(made.files) == SLEEVE_NAMES
    sizes = {name: Image.open(io.BytesIO(file)).size for name, file in made.files.items()}
    assert sizes["jpeg-320"] == sizes["avif-320"] == (320, 320)
    assert sizes["jpeg-1280"] == sizes["avif-1280"] == (1280, 1280)


def test_a_small_cover_is_not_blown_up() -> None:
    made = sleeves_of(a_picture((500, 500)))

    assert Image.open(io.BytesIO(made.files["jpeg-1280"])).size == (500, 500)


def test_notes_in_the_picture_do_not_come_along() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home, 53.27 N"
    picture = a_picture((400, 400), "JPEG", exif=exif, comment=b"<script>alert(1)</script>")
    assert b"taken at home" in picture

    for file in sleeves_of(picture).files.values():
        assert b"taken at home" not in file
        assert b"script" not in file


def test_a_second_meaning_behind_the_picture_does_not_come_along() -> None:
    polyglot = a_picture((400, 400), "JPEG") + b"<html><script>alert(1)</script></html>PK\x03\x04"

    assert all(b"script" not in file for file in sleeves_of(polyglot).files.values())


def test_a_turned_picture_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = Image.new("RGB", (400, 200), "#ffffff")
    wide.paste("#000000", (0, 0, 200, 200))
    made = io.BytesIO()
    wide.save(made, "JPEG", exif=exif)

    upright = Image.open(io.BytesIO(sleeves_of(made.getvalue()).files["jpeg-320"]))

    top, bottom = upright.getpixel((100, 10)), upright.getpixel((100, 190))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert (top[0] < 60, bottom[0] > 200) == (True, True)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unknown-picture"),
        (b"\xff", "unknown-picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "unknown-picture"),
        (b"<!DOCTYPE lolz [<!ENTITY a 'b'>]><svg>&a;</svg>", "unknown-picture"),
        (b"GIF89a/*" + bytes(50), "unknown-picture"),
        (a_picture(kind="GIF"), "unknown-picture"),
        (a_picture(kind="BMP"), "unknown-picture"),
        (an_empty_png(20_000, 20_000), "picture-too-large"),
        (an_empty_png(2**31 - 1, 2**31 - 1), "picture-too-large"),
        (an_empty_png(6_001, 200), "picture-too-large"),
        (a_jpeg_that_says(20_000, 20_000), "picture-too-large"),
        (b"GIF89a/*<html><body><script>alert(1)</script>*/=1;" + bytes(50), "unknown-picture"),
        (b"<?xml version='1.0'?><svg onload='alert(1)'/>", "unknown-picture"),
        (an_empty_png(0, 200), "damaged-picture"),
        (a_picture((99, 400)), "picture-too-small"),
        (an_empty_png(3_000, 3_000), "damaged-picture"),
        (a_picture((800, 800), "JPEG")[:400], "damaged-picture"),
        (b"\xff\xd8\xff" + bytes(100), "damaged-picture"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(20), "damaged-picture"),
    ],
)
def test_what_is_no_usable_picture_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(PictureRefusedError) as refused:
        sleeves_of(content)

    assert refused.value.code == code


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {"width": 1, "height": 1, "files": []},
        {"width": 1, "height": 1, "files": [["jpeg-320", 3]] * 6},
        {"width": 1, "height": 1, "files": [[name, -1] for name in SLEEVE_NAMES]},
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(answer: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_sleeves(answer, b"<script>")


def test_a_drawn_sleeve_is_the_same_for_the_same_title_only() -> None:
    assert draw_placeholder("Ada\nNorth") == draw_placeholder("Ada\nNorth")
    assert draw_placeholder("Ada\nNorth") != draw_placeholder("Ada\nSouth")
