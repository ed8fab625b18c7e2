"""Search: what somebody typed, taken apart; and the port that an index fills.

Everything that is compared, typed or indexed, goes through `tokens`, so that "bjork" finds
"Björk" on any database, and through `spellings`, so that "acdc" finds "AC/DC". An index is found
behind `SearchIndex` and nothing else; `folder` has the one that lies in a folder.
"""

from pennywhistle.engines.search.folding import fold, tokens
from pennywhistle.engines.search.port import (
    Ask,
    Document,
    Found,
    Hit,
    How,
    IndexNotThereError,
    Kind,
    SearchIndex,
    Sort,
    Text,
)
from pennywhistle.engines.search.query import Field, Phrase, Query, parse_query
from pennywhistle.engines.search.slots import Slot, slots_of
from pennywhistle.engines.search.spellings import spellings

__all__ = [
    "Ask",
    "Document",
    "Field",
    "Found",
    "Hit",
    "How",
    "IndexNotThereError",
    "Kind",
    "Phrase",
    "Query",
    "SearchIndex",
    "Slot",
    "Sort",
    "Text",
    "fold",
    "parse_query",
    "slots_of",
    "spellings",
    "tokens",
]
