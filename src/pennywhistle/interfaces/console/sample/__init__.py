"""The sample catalog: three labels, eight records and forty tracks that the store makes itself."""

from collections.abc import Callable, Iterator
from pathlib import Path

from pennywhistle.interfaces.console.sample.labels.hollow_kettle import HOLLOW_KETTLE
from pennywhistle.interfaces.console.sample.labels.nordgleis import NORDGLEIS
from pennywhistle.interfaces.console.sample.labels.paper_lantern import PAPER_LANTERN
from pennywhistle.interfaces.console.sample.model import (
    SampleCredit,
    SampleLabel,
    SampleRelease,
    SampleShare,
    SampleTerritories,
    SampleTrack,
)
from pennywhistle.interfaces.console.sample.writing import write_labels

__all__ = [
    "CATALOG",
    "SampleCredit",
    "SampleLabel",
    "SampleRelease",
    "SampleShare",
    "SampleTerritories",
    "SampleTrack",
    "write_sample",
]

CATALOG: tuple[SampleLabel, ...] = (HOLLOW_KETTLE, NORDGLEIS, PAPER_LANTERN)


def write_sample(folder: Path, *, progress: Callable[[int, int], None]) -> Iterator[Path]:
    """Write the whole catalog as suppliers' folders, one for each release, in its order.

    A folder is named `Artist - Title` and holds `01 Title.flac` … and `cover.jpg`; it is yielded
    once it is whole, while others are written. `progress` hears, in some thread, (files written,
    files in all).
    """
    return write_labels(CATALOG, folder, progress=progress)
