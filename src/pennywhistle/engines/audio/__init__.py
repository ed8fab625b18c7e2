"""Audio: what a file is and whether it is whole, and what a buyer's file of it looks like."""

from pennywhistle.engines.audio.comparing import passage
from pennywhistle.engines.audio.containers import Container, sniff
from pennywhistle.engines.audio.encoding import encode
from pennywhistle.engines.audio.errors import AudioRefusedError
from pennywhistle.engines.audio.examination import Examination
from pennywhistle.engines.audio.examining import Examined, Listener, examine
from pennywhistle.engines.audio.recipes import (
    FAVORITES,
    RECIPES,
    Codec,
    Recipe,
    UnknownRecipeError,
)
from pennywhistle.engines.audio.sizes import SizeEstimate, Sound, estimate_size
from pennywhistle.engines.audio.tags import Tags
from pennywhistle.engines.audio.weighing import weigh

__all__ = [
    "FAVORITES",
    "RECIPES",
    "AudioRefusedError",
    "Codec",
    "Container",
    "Examination",
    "Examined",
    "Listener",
    "Recipe",
    "SizeEstimate",
    "Sound",
    "Tags",
    "UnknownRecipeError",
    "encode",
    "estimate_size",
    "examine",
    "passage",
    "sniff",
    "weigh",
]
