"""The app's tables: what was heard from whom, conflicts, proposals and the blocklist."""

from pennywhistle.apps.copies.models.blocks import Block, BlockEnd, BlockWish
from pennywhistle.apps.copies.models.conflicts import (
    Answer,
    Conflict,
    Match,
    Ruling,
)
from pennywhistle.apps.copies.models.news import Letter, News
from pennywhistle.apps.copies.models.pairs import Pair, PairWord
from pennywhistle.apps.copies.models.sounds import Sound, SoundDelivery

__all__ = [
    "Answer",
    "Block",
    "BlockEnd",
    "BlockWish",
    "Conflict",
    "Letter",
    "Match",
    "News",
    "Pair",
    "PairWord",
    "Ruling",
    "Sound",
    "SoundDelivery",
]
