"""Nothing is initialized where something may already be, or may only be away."""

import re
from pathlib import Path

import pytest

from pennywhistle.machine.postgres import Cluster, ClusterError, marker
from pennywhistle.machine.postgres.errors import (
    DatabaseMissingError,
    FolderTakenError,
    MarkerDamagedError,
    OtherStoreError,
    ParentMissingError,
    StoreMissingError,
)
from pennywhistle.machine.postgres.marker import Marker

STORE_ID = "0123456789abcdef0123456789abcdef"
OTHER_ID = "f" * 32


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_folder_whose_parent_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParentMissingError) as refused:
        Cluster(tmp_path / "no-mount" / "store").start()

    assert refused.value.code == "data-parent-missing"
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("exists", [True, False])
def test_a_store_that_must_exist_is_not_made_where_its_volume_is_not_mounted(
    tmp_path: Path, *, exists: bool
) -> None:
    data = tmp_path / "store"
    if exists:
        data.mkdir()

    with pytest.raises(StoreMissingError, match="may not be mounted") as refused:
        Cluster(data, must_exist=True).start()

    assert "Nothing was initialized" in refused.value.cure
    assert names_in(tmp_path) == (["store"] if exists else [])
    assert not exists or names_in(data) == []


def test_an_expected_id_means_that_the_store_must_exist(tmp_path: Path) -> None:
    with pytest.raises(StoreMissingError):
        Cluster(tmp_path, expected_id=STORE_ID).start()

    assert names_in(tmp_path) == []


def test_the_store_of_somebody_else_is_refused(tmp_path: Path) -> None:
    marker.write(tmp_path, Marker(store_id=OTHER_ID, database="none"))

    with pytest.raises(OtherStoreError, match=OTHER_ID):
        Cluster(tmp_path, expected_id=STORE_ID).start()

    assert names_in(tmp_path) == [marker.NAME]


def test_a_folder_with_other_files_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("mine")

    with pytest.raises(FolderTakenError, match=r"thesis\.odt"):
        Cluster(tmp_path).start()

    assert names_in(tmp_path) == ["thesis.odt"]


def test_a_file_is_not_a_data_folder(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("mine")

    with pytest.raises(FolderTakenError, match="is a file"):
        Cluster(tmp_path / "store").start()

    assert (tmp_path / "store").read_text() == "mine"


@pytest.mark.parametrize("leftover", [[], ["global", "base"]])
def test_a_store_whose_database_is_gone_is_refused(tmp_path: Path, leftover: list[str]) -> None:
    marker.write(tmp_path, Marker(store_id=STORE_ID, database="made"))
    for name in leftover:
        (tmp_path / "postgres" / name).mkdir(parents=True)

    with pytest.raises(DatabaseMissingError, match="may not be mounted"):
        Cluster(tmp_path).start()

    assert not (tmp_path / "postgres" / "PG_VERSION").exists()
    assert marker.read(tmp_path) == Marker(store_id=STORE_ID, database="made")


def test_a_folder_with_half_a_database_is_not_initialized_over(tmp_path: Path) -> None:
    marker.write(tmp_path, Marker(store_id=STORE_ID, database="none"))
    (tmp_path / "postgres" / "base").mkdir(parents=True)

    with pytest.raises(DatabaseMissingError):
        Cluster(tmp_path).start()

    assert names_in(tmp_path / "postgres") == ["base"]


def test_the_root_of_a_fresh_file_system_counts_as_empty(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()

    claimed = marker.claim(tmp_path, must_exist=False, expected_id=None)

    assert claimed == marker.read(tmp_path)
    assert claimed.database == "none"


def test_a_claimed_folder_keeps_its_id(tmp_path: Path) -> None:
    first = marker.claim(tmp_path, must_exist=False, expected_id=None)

    assert marker.claim(tmp_path, must_exist=True, expected_id=first.store_id) == first
    assert Cluster(tmp_path).store_id == first.store_id


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", '{"id": 5, "database": "made"}', f'{{"id": "{STORE_ID}"}}',
     f'{{"id": "{STORE_ID}", "database": "perhaps"}}', '{"id": "x", "database": "made"}'],
)  # fmt: skip
def test_a_damaged_marker_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    (tmp_path / marker.NAME).write_text(text)

    with pytest.raises(MarkerDamagedError):
        Cluster(tmp_path).start()

    assert names_in(tmp_path) == [marker.NAME]
    assert (tmp_path / marker.NAME).read_text() == text


def every_kind(base: type[ClusterError]) -> list[type[ClusterError]]:
    return [base, *(kind for child in base.__subclasses__() for kind in every_kind(child))]


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [kind.code for kind in every_kind(ClusterError)]

    assert len(codes) == len(set(codes)) == 20


def test_the_operators_page_has_a_row_for_every_code() -> None:
    page = next(
        folder / "docs/running/database.md"
        for folder in Path(__file__).parents
        if (folder / "pyproject.toml").exists()
    ).read_text(encoding="utf-8")

    codes = {kind.code for kind in every_kind(ClusterError)} - {ClusterError.code}
    assert codes == set(re.findall(r"^\| `([a-z-]+)` \|", page, flags=re.MULTILINE))


def test_an_error_reads_as_what_is_the_case_and_what_to_do() -> None:
    error = ClusterError("It rains.", cure="Take an umbrella.")
    assert str(error) == "It rains. Take an umbrella."
