"""Containers by their first bytes."""

import pytest

from pennywhistle.engines.audio import Container, sniff
from pennywhistle.engines.audio.tests.tones import TAGS, encoded, song

KINDS = [
    ("flac", Container.FLAC),
    ("wav", Container.WAV),
    ("aiff", Container.AIFF),
    ("alac", Container.MP4),
    ("aac-128", Container.MP4),
    ("mp3-128", Container.MP3),
    ("opus-64", Container.OGG),
]


@pytest.mark.parametrize(("recipe", "container"), KINDS)
def test_every_container_is_known_by_its_first_bytes(recipe: str, container: Container) -> None:
    assert sniff(encoded(song(), recipe, tags=TAGS.to_json())) is container


def test_mp3_is_known_without_a_tag_and_behind_a_tag_larger_than_the_head() -> None:
    plain = encoded(song(), "mp3-128")
    frames = plain[plain.index(b"\xff\xfb") :]

    assert sniff(frames) is Container.MP3
    assert sniff(b"ID3\4\0\0\0\x7f\x7f\x7f" + bytes(100)) is Container.MP3


def test_flac_is_known_behind_an_id3_tag() -> None:
    assert sniff(b"ID3\4\0\0\0\0\0\x04" + bytes(4) + b"fLaC\0\0\0\x22") is Container.FLAC


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"f",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"#EXTM3U\n#EXTINF:1\nhttp://127.0.0.1/a.ts\n",
        b"RIFF\0\0\0\0AVI LIST",
        b"FORM\0\0\0\x008SVX",
        b"OggS\0\2" + bytes(22) + b"\x80theora",
        b"<?xml version='1.0'?><MPD/>",
        b"GIF89a",
        b"ID3",
        b"ID3\4\0\0\0\0\0\0not audio at all",
        b"\xff\xfb\xf0\x00" + bytes(2000),
        b"\xff\xfb\x9c\x00" + bytes(2000),
        b"\xff\xfb\x90\x00" + bytes(2000),
        b"\xff\xfe" + "text".encode("utf-16-le"),
    ],
)
def test_playlists_texts_and_other_media_are_no_container(head: bytes) -> None:
    assert sniff(head) is None
