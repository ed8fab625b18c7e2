"""Starting a demo over: what is in its folder is deleted, and never what is in another one."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pennywhistle.config.env import SettingsError
from pennywhistle.config.secrets import demo_secret_file
from pennywhistle.machine.postgres import Cluster, marker

if TYPE_CHECKING:
    from pathlib import Path


def forget_demo(data: Path, *, mode: str) -> None:
    """Empty a demo's folder; the folder itself stays, since a volume may be mounted there.

    Raises:
        SettingsError: it is no demo's folder: a store's for real money, or none at all.
        ClusterError: the demo is running, or its marker cannot be read. Nothing was deleted.
    """
    if mode != "demo":
        raise SettingsError(
            "Only a demo can be started over; this is a store. Nothing was deleted."
        )
    if not data.exists():
        return
    # A link to the folder is followed; it must lead to the same place as the database's own path.
    data = data.resolve()
    _require_a_demo(data)
    with Cluster(data).stopped():
        _empty(data)


def _require_a_demo(data: Path) -> None:
    if not data.is_dir():
        raise SettingsError(f"{data} is a file; nothing was deleted.")
    found = marker.read(data)
    if found is None:
        if _entries(data):
            raise SettingsError(f"{data} is not a store's folder; nothing was deleted.")
        return
    # PENNYWHISTLE_MODE is what somebody typed today; a demo's own secret shows what the folder is.
    if found.database == "made" and not demo_secret_file(data).exists():
        raise SettingsError(
            f"{data} may be a store for real money: it holds no demo's secret. Nothing was deleted;"
            " if it is a demo all the same, delete the folder yourself."
        )


def _empty(data: Path) -> None:
    """The marker goes last: a deletion that was cut short can be asked for again."""
    for entry in sorted(_entries(data), key=lambda each: each.name == marker.NAME):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _entries(data: Path) -> list[Path]:
    return [entry for entry in data.iterdir() if entry.name not in marker.NOT_COUNTED]
