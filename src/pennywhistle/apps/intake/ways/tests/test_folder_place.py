"""A folder is read step by step: nobody leads the store out of it, also not in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from drops import put
from pennywhistle.apps.intake.ways import folder_place
from pennywhistle.apps.intake.ways.folder_place import FolderPlace
from pennywhistle.apps.intake.ways.place import (
    ChangedError,
    TooMuchError,
    UnreachableError,
    UnsafeError,
)


def read(place: FolderPlace, folder: str, path: str) -> bytes:
    entry = next(entry for entry in place.entries(folder) if entry.path == path)
    return b"".join(place.read(folder, entry))


def test_files_are_listed_by_path_and_read(tmp_path: Path) -> None:
    put(tmp_path / "N_1", {"b/c.flac": b"2", "a.xml": b"1", ".hidden": b"0", ".git/x": b"0"})
    place = FolderPlace(tmp_path)

    assert place.folders() == ["N_1"]
    assert [entry.path for entry in place.entries("N_1")] == ["a.xml", "b/c.flac"]
    assert read(place, "N_1", "b/c.flac") == b"2"


@pytest.mark.parametrize("swapped", ["a/b", "a", "N_1"])
def test_a_link_that_is_swapped_in_after_the_look_is_not_followed(
    tmp_path: Path, swapped: str
) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / "N_1", outside, outside / "a"):
        put(folder, {"a/b/x.flac": b"12345", "b/x.flac": b"12345"})
    place = FolderPlace(root)
    entry = next(entry for entry in place.entries("N_1") if entry.path == "a/b/x.flac")
    victim = root / "N_1" if swapped == "N_1" else root / "N_1" / swapped
    victim.rename(tmp_path / "away")
    victim.symlink_to(outside, target_is_directory=True)

    with pytest.raises(UnsafeError):
        list(place.read("N_1", entry))


def test_a_file_that_is_swapped_for_a_link_or_another_is_not_read(tmp_path: Path) -> None:
    put(tmp_path / "N_1", {"x.flac": b"12345"})
    put(tmp_path, {"secret": b"12345"})
    place = FolderPlace(tmp_path)
    (entry,) = place.entries("N_1")
    file = tmp_path / "N_1" / "x.flac"
    file.unlink()
    file.symlink_to(tmp_path / "secret")
    with pytest.raises(UnsafeError):
        list(place.read("N_1", entry))

    file.unlink()
    file.write_bytes(b"other")
    with pytest.raises(ChangedError):
        list(place.read("N_1", entry))


def test_a_file_that_grows_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    put(tmp_path / "N_1", {"x.flac": b"12345"})
    place = FolderPlace(tmp_path)
    (entry,) = place.entries("N_1")
    pieces = place.read("N_1", entry)
    assert next(pieces) == b"12345"
    with (tmp_path / "N_1" / "x.flac").open("ab") as file:
        file.write(b"678")

    with pytest.raises(ChangedError):
        list(pieces)


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "N_1", {"a": b"123", "b": b"456"})
    place = FolderPlace(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(folder_place, "FILES_PER_PARCEL_MAX", 1)
        with pytest.raises(TooMuchError):
            place.entries("N_1")
    with monkeypatch.context() as patch:
        patch.setattr(folder_place, "PARCEL_BYTES_MAX", 5)
        with pytest.raises(TooMuchError):
            place.entries("N_1")
    monkeypatch.setattr(folder_place, "FOLDERS_MAX", 0)
    with pytest.raises(UnreachableError):
        place.folders()


def test_what_is_gone_is_not_the_place_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ChangedError):
        FolderPlace(tmp_path).entries("N_gone")
    with pytest.raises(UnreachableError):
        FolderPlace(tmp_path / "gone").folders()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)

    place.write("acknowledgements/a.xml", b"one")
    place.write("acknowledgements/a.xml", b"two")

    assert [file.name for file in (tmp_path / "acknowledgements").iterdir()] == ["a.xml"]
    assert (tmp_path / "acknowledgements" / "a.xml").read_bytes() == b"two"


def test_acknowledgements_are_not_written_through_a_link(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "acknowledgements").symlink_to(outside)

    with pytest.raises(UnsafeError):
        FolderPlace(root).write("acknowledgements/a.xml", b"one")

    assert not list(outside.iterdir())
