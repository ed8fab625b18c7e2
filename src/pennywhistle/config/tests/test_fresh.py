"""Starting over deletes a demo that stands still, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from pennywhistle.config.env import SettingsError
from pennywhistle.config.fresh import forget_demo
from pennywhistle.config.secrets import demo_secret
from pennywhistle.machine.postgres import Cluster, marker
from pennywhistle.machine.postgres.errors import MarkerDamagedError, StoreInUseError

DATABASES: tuple[marker.DatabaseState, ...] = ("none", "making", "made")


def a_store(data: Path, *, database: marker.DatabaseState = "made") -> Path:
    """A store's folder with something in it, as it lies there when nothing runs."""
    (data / "postgres").mkdir(parents=True)
    (data / "postgres" / "PG_VERSION").write_text("18")
    (data / "log" / "tile").mkdir(parents=True)
    marker.write(data, marker.Marker(store_id="0" * 32, database=database))
    return data


def a_demo(data: Path) -> Path:
    """The same, of a demo, which made its secret."""
    demo_secret(a_store(data), mode="demo")
    return data


def names(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


def test_a_demo_is_emptied_and_its_folder_stays(tmp_path: Path) -> None:
    data = a_demo(tmp_path / "data")
    (data / "elsewhere").symlink_to(tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "letter").write_text("dear")

    forget_demo(data, mode="demo")

    assert names(tmp_path) == ["data", "kept", "kept/letter"]


def test_a_link_to_a_demo_is_followed(tmp_path: Path) -> None:
    data = a_demo(tmp_path / "volume")
    (tmp_path / "data").symlink_to(data)

    forget_demo(tmp_path / "data", mode="demo")

    assert names(tmp_path) == ["data", "volume"]


def test_there_may_be_nothing_to_forget(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()

    forget_demo(tmp_path / "data", mode="demo")
    forget_demo(tmp_path, mode="demo")

    assert names(tmp_path) == ["lost+found"]


@pytest.mark.parametrize("mode", ["production", "test", ""])
def test_a_store_is_not_started_over(tmp_path: Path, mode: str) -> None:
    data = a_demo(tmp_path / "data")
    before = names(data)

    with pytest.raises(SettingsError, match="Only a demo"):
        forget_demo(data, mode=mode)

    assert names(data) == before


def test_a_store_for_real_money_is_not_taken_for_a_demo(tmp_path: Path) -> None:
    data = a_store(tmp_path / "data")
    before = names(data)

    with pytest.raises(SettingsError, match="may be a store for real money"):
        forget_demo(data, mode="demo")

    assert names(data) == before


@pytest.mark.parametrize("database", DATABASES[:2])
def test_a_first_start_that_was_cut_short_may_be_forgotten(
    tmp_path: Path, database: marker.DatabaseState
) -> None:
    data = a_store(tmp_path / "data", database=database)

    forget_demo(data, mode="demo")

    assert names(data) == []


def test_a_folder_that_is_no_stores_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("the only copy")

    with pytest.raises(SettingsError, match="is not a store's folder"):
        forget_demo(tmp_path, mode="demo")

    assert names(tmp_path) == ["thesis.odt"]


def test_a_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "thesis.odt"
    file.write_text("the only copy")

    with pytest.raises(SettingsError, match="is a file"):
        forget_demo(file, mode="demo")

    assert file.read_text() == "the only copy"


def test_a_folder_whose_marker_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    data = a_demo(tmp_path / "data")
    (data / marker.NAME).write_text("not a marker")
    before = names(data)

    with pytest.raises(MarkerDamagedError):
        forget_demo(data, mode="demo")

    assert names(data) == before


def test_a_demo_that_somebody_supervises_is_left_alone(tmp_path: Path) -> None:
    data = a_demo(tmp_path / "data")
    before = names(data)

    with Cluster(data).stopped(), pytest.raises(StoreInUseError):
        forget_demo(data, mode="demo")

    assert names(data) == before


def test_a_demo_that_runs_is_left_alone_and_runs_on(cluster: Cluster) -> None:
    demo_secret(cluster.data, mode="demo")

    with pytest.raises(StoreInUseError):
        forget_demo(cluster.data, mode="demo")

    assert cluster.is_running()
    assert (cluster.database / "PG_VERSION").exists()


def test_a_database_that_outlived_its_demo_is_stopped_first(tmp_path: Path) -> None:
    orphan = Cluster(tmp_path / "data", settings={"fsync": "off"})
    orphan.start()
    orphan._release_lock()  # as the death of its supervisor does
    demo_secret(orphan.data, mode="demo")

    forget_demo(orphan.data, mode="demo")

    assert not orphan.is_running()
    assert names(orphan.data) == []


def test_what_was_cut_short_is_finished_by_the_next_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = a_demo(tmp_path / "data")

    def cut_short(self: Path) -> None:
        raise OSError(f"{self} cannot be removed")

    with monkeypatch.context() as patch:
        patch.setattr("shutil.rmtree", cut_short)
        with pytest.raises(OSError, match="cannot be removed"):
            forget_demo(data, mode="demo")

    assert marker.read(data) is not None
    forget_demo(data, mode="demo")
    assert names(data) == []
