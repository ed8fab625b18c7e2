"""Starting a demo over: its folder is deleted, and never another one's."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pennywhistle.config.env import SettingsError
from pennywhistle.machine.postgres import Cluster

if TYPE_CHECKING:
    from pathlib import Path


def forget_demo(data: Path, *, mode: str) -> None:
    """Delete a demo's folder.

    Raises:
        SettingsError: it is a store for real money, or no store's folder at all.
    """
    if mode != "demo":
        raise SettingsError(
            "Only a demo can be started over; this is a store. Nothing was deleted."
        )
    if not data.exists():
        return
    cluster = Cluster(data)
    if cluster.store_id is None and any(data.iterdir()):
        raise SettingsError(f"{data} is not a store's folder; nothing was deleted.")
    cluster.stop()
    shutil.rmtree(data)
