"""The index keeps what was added, finds it, forgets what was removed, and names what is damaged."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pennywhistle.engines.fingerprint import (
    Fingerprint,
    Index,
    IndexBusyError,
    IndexDamagedError,
    IndexReadOnlyError,
    extract,
)
from pennywhistle.engines.fingerprint.index.postings import entry_of, run_of
from pennywhistle.engines.fingerprint.index.segments import Segment
from pennywhistle.engines.fingerprint.index.tiers import next_merge
from pennywhistle.engines.fingerprint.index.writing import merge, write_run
from pennywhistle.engines.fingerprint.limits import log_tracks_max

RATE_HZ = 44_100
Music = Callable[[str], np.ndarray]
Made = Callable[..., Fingerprint]


def found(index: Index, fingerprint: Fingerprint) -> list[int]:
    """Tracks of which more than chance agrees."""
    return [candidate.track_id for candidate in index.lookup(fingerprint) if candidate.votes > 4]


def test_a_part_of_a_track_leads_to_it_and_to_where_it_is_from(
    tmp_path: Path, music: Music
) -> None:
    styles = ("folk", "chip", "dub")
    with Index(tmp_path) as index:
        for number, style in enumerate(styles):
            index.add(number, extract(music(style), RATE_HZ))

        for number, style in enumerate(styles):
            best = index.lookup(extract(music(style)[5 * RATE_HZ : 17 * RATE_HZ], RATE_HZ))[0]
            assert best.track_id == number
            assert best.offset_s == pytest.approx(5, abs=0.4)
            assert best.speed == 1.0


def test_what_was_added_is_there_when_the_index_is_opened_again(
    tmp_path: Path, any_fingerprint: Made
) -> None:
    with Index(tmp_path) as index:
        index.add(7, any_fingerprint(7))

    with Index(tmp_path) as index:
        assert len(index) == 1
        assert 7 in index
        assert 8 not in index
        assert found(index, any_fingerprint(7)) == [7]
        assert found(index, any_fingerprint(8)) == []


def test_what_was_removed_is_not_found_and_may_come_again(
    tmp_path: Path, any_fingerprint: Made
) -> None:
    with Index(tmp_path) as index:
        index.add(7, any_fingerprint(7))

        assert index.remove(7)
        assert not index.remove(7)
        assert found(index, any_fingerprint(7)) == []
        index.add(7, any_fingerprint(9))
        assert found(index, any_fingerprint(9)) == [7]
        assert found(index, any_fingerprint(7)) == []
        assert len(index) == 1


def test_one_writes_and_others_read_as_of_when_they_looked(
    tmp_path: Path, any_fingerprint: Made
) -> None:
    with Index(tmp_path) as writer, Index(tmp_path, writable=False) as reader:
        with pytest.raises(IndexBusyError):
            Index(tmp_path)
        with pytest.raises(IndexReadOnlyError):
            reader.add(1, any_fingerprint(1))

        writer.add(1, any_fingerprint(1))
        assert found(reader, any_fingerprint(1)) == []
        reader.refresh()
        assert found(reader, any_fingerprint(1)) == [1]
        assert len(reader) == 1


def test_a_full_log_becomes_a_segment_and_readers_follow(
    tmp_path: Path, any_fingerprint: Made
) -> None:
    fingerprint = any_fingerprint(1, peak_count=8)
    with Index(tmp_path) as writer, Index(tmp_path, writable=False) as reader:
        writer.add_many((number, fingerprint) for number in range(log_tracks_max - 1))
        assert not list(tmp_path.glob("segment-*"))
        writer.add(log_tracks_max, any_fingerprint(2))

        assert [file.name for file in tmp_path.glob("segment-*")] == ["segment-00000001"]
        assert [file.name for file in tmp_path.glob("log-*")] == ["log-00000001"]
        reader.refresh()
        for index in (writer, reader):
            assert len(index) == log_tracks_max
            assert found(index, any_fingerprint(2)) == [log_tracks_max]
        assert writer.remove(log_tracks_max)
        assert found(writer, any_fingerprint(2)) == []
        writer.verify()


@pytest.mark.parametrize("track_id", [-1, 2**63])
def test_a_number_that_no_row_has_is_refused(
    tmp_path: Path, any_fingerprint: Made, track_id: int
) -> None:
    with Index(tmp_path) as index:
        with pytest.raises(ValueError, match="number"):
            index.add(track_id, any_fingerprint(1))
        assert len(index) == 0


def segment(
    folder: Path, name: str, tracks: dict[int, Fingerprint], gone: tuple[int, ...] = ()
) -> Segment:
    entries = [entry_of(number, fingerprint) for number, fingerprint in tracks.items()]
    write_run(folder / name, run_of(entries, np.array(sorted(gone), np.int64)))
    return Segment(folder / name)


def postings(shelf: Segment) -> set[tuple[int, int, int]]:
    """Track, key and place in the track of everything on a shelf."""
    keys = shelf.keys_between(0, 1 << shelf.layout.bits)
    tracks = np.searchsorted(shelf.starts, shelf.places, side="right") - 1
    places = shelf.places - shelf.starts[tracks]
    return set(zip(shelf.ids[tracks].tolist(), keys.tolist(), places.tolist(), strict=True))


def kept(tracks: dict[int, Fingerprint]) -> set[tuple[int, int, int]]:
    entries = [entry_of(number, fingerprint) for number, fingerprint in tracks.items()]
    return {
        (entry.track_id, key, place)
        for entry in entries
        for key, place in zip(entry.keys.tolist(), entry.places.tolist(), strict=True)
    }


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.integers(0, 12), st.integers(0, 30), max_size=6),
            st.sets(st.integers(0, 12), max_size=3),
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_a_merged_segment_holds_the_newest_of_every_track(
    tmp_path_factory: pytest.TempPathFactory,
    any_fingerprint: Made,
    shelves: list[tuple[dict[int, int], set[int]]],
    oldest: bool,  # noqa: FBT001
) -> None:
    folder = tmp_path_factory.mktemp("merge")
    expected: dict[int, Fingerprint] = {}
    sources, all_gone = [], set()
    for number, (seeds, gone) in enumerate(shelves):
        tracks = {track: any_fingerprint(seed) for track, seed in seeds.items()}
        sources.append(segment(folder, f"{number}", tracks, tuple(gone)))
        expected = {track: made for track, made in expected.items() if track not in gone} | tracks
        all_gone |= gone

    merge(folder / "merged", sources, oldest=oldest)

    merged = Segment(folder / "merged")
    merged.verify()
    assert merged.ids.tolist() == sorted(expected)
    assert postings(merged) == kept(expected)
    assert merged.gone.tolist() == ([] if oldest else sorted(all_gone))


def test_eight_segments_of_a_size_are_merged_and_others_wait(
    tmp_path: Path, any_fingerprint: Made
) -> None:
    made = [
        segment(tmp_path, f"{number}", {number: any_fingerprint(number)}) for number in range(9)
    ]

    assert next_merge(made[:7]) is None
    assert next_merge(made[:8]) == (0, 8)
    assert next_merge(made) == (0, 8)
    assert next_merge(made, track_count_max=7) is None


@pytest.mark.parametrize("part", ["ids", "starts", "gone", "directory", "rests", "places"])
def test_a_flipped_bit_in_a_segment_is_named(
    tmp_path: Path, any_fingerprint: Made, part: str
) -> None:
    whole = segment(tmp_path, "segment-00000001", {n: any_fingerprint(n) for n in range(9)}, (3,))
    whole.verify()
    flip(tmp_path / "segment-00000001", whole.layout.parts()[part][0] + 1)

    damaged = Segment(tmp_path / "segment-00000001")

    with pytest.raises(IndexDamagedError, match=f"segment-00000001 was changed in its {part}"):
        damaged.verify()
    with pytest.raises(IndexDamagedError):
        merge(tmp_path / "merged", [damaged], oldest=True)
    assert not (tmp_path / "merged").exists()
    # A look-up that meets the damage before anybody found it answers wrongly, but answers.
    damaged.find(np.arange(0, 2**32, 2**20, dtype=np.uint32))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x04
    path.write_bytes(data)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, any_fingerprint: Made) -> Path:
    """An index with a segment and three more tracks in its log."""
    folder, fingerprint = tmp_path_factory.mktemp("made"), any_fingerprint(0, peak_count=8)
    with Index(folder) as index:
        index.add_many((number, fingerprint) for number in range(log_tracks_max))
        for number in range(log_tracks_max, log_tracks_max + 3):
            index.add(number, any_fingerprint(number))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "index"))


def test_damage_is_named_when_the_index_is_opened(folder: Path) -> None:
    names = ("segment-00000001", "log-00000001", "index.json")
    whole = {name: (folder / name).read_bytes() for name in names}
    damages = [
        ("segment-00000001", lambda data: data[:-100]),
        ("segment-00000001", lambda data: data[:20]),
        ("segment-00000001", lambda data: data[:9] + b"\xff" + data[10:]),
        ("segment-00000001", lambda _: None),
        ("log-00000001", lambda data: b"X" + data[1:]),
        ("log-00000001", lambda data: data[:9] + b"\xff" + data[10:]),
        ("log-00000001", lambda data: data[:60] + bytes([data[60] ^ 1]) + data[61:]),
        ("log-00000001", lambda data: data[:-1] + bytes([data[-1] ^ 1])),
        ("log-00000001", lambda _: None),
        ("index.json", lambda data: data[:-5]),
        ("index.json", lambda data: data.replace(b"1024", b"1023")),
        ("index.json", lambda _: None),
    ]
    for name, damage in damages:
        changed = damage(whole[name])
        if changed is None:
            (folder / name).unlink()
        else:
            assert changed != whole[name]
            (folder / name).write_bytes(changed)

        for writable in (True, False):
            with pytest.raises(IndexDamagedError, match=name):
                Index(folder, writable=writable)
        (folder / name).write_bytes(whole[name])

    with Index(folder) as index:
        assert len(index) == log_tracks_max + 3


@pytest.mark.parametrize("lost_bytes", [1, 7, 40])
def test_a_record_that_breaks_off_was_never_acknowledged(
    folder: Path, any_fingerprint: Made, lost_bytes: int
) -> None:
    log = folder / "log-00000001"
    os.truncate(log, log.stat().st_size - lost_bytes)

    with Index(folder) as index:
        assert len(index) == log_tracks_max + 2
        index.add(5_000, any_fingerprint(5_000))
    with Index(folder) as index:
        assert len(index) == log_tracks_max + 3
        assert found(index, any_fingerprint(5_000)) == [5_000]


def test_files_of_others_stay_and_unfinished_ones_go(folder: Path) -> None:
    for name in ("notes.txt", "segment-00000099", "segment-00000002.new"):
        (folder / name).write_text("left over")

    with Index(folder):
        left = {file.name for file in folder.iterdir()}

    assert left == {"index.json", "lock", "log-00000001", "segment-00000001", "notes.txt"}
