"""An archive that nobody wrote down is one that everybody can open."""

import io
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pennywhistle.apps.delivery.kept import in_memory
from pennywhistle.apps.delivery.zip_layout import Member, ZipLayout

AT = datetime(2026, 11, 21, 12, 34, 57, tzinfo=UTC)


def layout(**files: bytes) -> ZipLayout:
    return ZipLayout([Member(name, in_memory(data)) for name, data in files.items()], at=AT)


def whole(archive: ZipLayout) -> bytes:
    return b"".join(archive.read(0, archive.size_bytes))


def test_it_opens_with_every_member_whole() -> None:
    archive = ZipLayout(
        [Member("A - B/01 Größe 🎵.mp3", in_memory(b"x" * 5000)), Member("e", in_memory(b""))],
        at=AT,
    )
    content = whole(archive)

    assert len(content) == archive.size_bytes
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert opened.testzip() is None
        first, second = opened.infolist()
        assert (first.filename, second.filename) == ("A - B/01 Größe 🎵.mp3", "e")
        assert first.date_time == (2026, 11, 21, 12, 34, 56)
        assert first.compress_type == zipfile.ZIP_STORED
        assert first.external_attr >> 16 == 0o100644
        assert (opened.read(first), opened.read(second)) == (b"x" * 5000, b"")


def test_the_time_is_utc() -> None:
    east = AT.astimezone(timezone(timedelta(hours=9)))

    assert ZipLayout([], at=east).etag == ZipLayout([], at=AT).etag
    assert whole(ZipLayout([], at=east)) == whole(ZipLayout([], at=AT))


@given(
    files=st.lists(st.binary(max_size=300), max_size=5),
    cuts=st.lists(st.floats(0, 1), max_size=6),
)
def test_any_stretches_join_to_the_whole(files: list[bytes], cuts: list[float]) -> None:
    archive = layout(**{f"n{number}": data for number, data in enumerate(files)})
    size = archive.size_bytes
    places = [0, *sorted(int(cut * size) for cut in cuts), size]

    pieces = [b"".join(archive.read(a, b)) for a, b in itertools.pairwise(places)]

    assert b"".join(pieces) == whole(archive)
    assert [len(piece) for piece in pieces] == [b - a for a, b in itertools.pairwise(places)]


def test_the_etag_tells_every_difference() -> None:
    tags = {
        layout(a=b"1").etag,
        layout(a=b"2").etag,
        layout(b=b"1").etag,
        layout(a=b"1", b=b"").etag,
        ZipLayout([Member("a", in_memory(b"1"))], at=AT + timedelta(seconds=2)).etag,
    }

    assert len(tags) == 5
    assert layout(a=b"1").etag == layout(a=b"1").etag


@dataclass(frozen=True)
class Vast:
    """A member of zeros that nobody has room for."""

    size_bytes: int
    sha256: str = "00" * 32
    crc32: int = 0

    def read(self, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            yield bytes(min(1 << 20, end - start))
            start += 1 << 20


class Seekable(io.RawIOBase):
    """An archive as a file, without having it anywhere."""

    def __init__(self, archive: ZipLayout) -> None:
        self.archive, self.at = archive, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.archive.size_bytes)[whence]
        return self.at

    def tell(self) -> int:
        return self.at

    def read(self, size: int = -1) -> bytes:
        end = self.archive.size_bytes if size < 0 else self.at + size
        data = b"".join(self.archive.read(self.at, min(end, self.archive.size_bytes)))
        self.at += len(data)
        return data


@pytest.mark.parametrize("size_bytes", [0xFFFFFFFE, 0xFFFFFFFF, 5_000_000_000])
def test_beyond_four_gigabytes_it_is_zip64(size_bytes: int) -> None:
    archive = ZipLayout(
        [Member("vast", Vast(size_bytes)), Member("behind", in_memory(b"here"))], at=AT
    )

    with zipfile.ZipFile(Seekable(archive)) as opened:
        vast, behind = opened.infolist()
        assert (vast.file_size, vast.compress_size) == (size_bytes, size_bytes)
        assert behind.header_offset > size_bytes
        assert opened.read("behind") == b"here"
        with opened.open("vast") as file:
            assert file.read(10) == bytes(10)


def test_beyond_65534_members_it_is_zip64() -> None:
    nothing = in_memory(b"")
    archive = ZipLayout([Member(f"{n}", nothing) for n in range(0xFFFF)], at=AT)

    with zipfile.ZipFile(io.BytesIO(whole(archive))) as opened:
        assert len(opened.infolist()) == 0xFFFF
