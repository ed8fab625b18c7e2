"""Pictures: a stranger's cover becomes square files of ours, or is refused with a reason."""

from pennywhistle.engines.pictures.checking import check_picture, read_checked
from pennywhistle.engines.pictures.errors import PictureRefusedError
from pennywhistle.engines.pictures.placeholder import draw_placeholder
from pennywhistle.engines.pictures.sleeves import (
    SIDES_PX,
    SLEEVE_NAMES,
    Sleeves,
    make_sleeves,
    read_sleeves,
)

__all__ = [
    "SIDES_PX",
    "SLEEVE_NAMES",
    "PictureRefusedError",
    "Sleeves",
    "check_picture",
    "draw_placeholder",
    "make_sleeves",
    "read_checked",
    "read_sleeves",
]
