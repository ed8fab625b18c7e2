"""Search: what somebody typed, taken apart; and the port that an index fills.

Everything that is compared, typed or indexed, goes through `tokens`, so that "bjork" finds
"Björk" on any database. An index is found behind `SearchIndex` and nothing else.
"""

from pennywhistle.engines.search.folding import fold, tokens
from pennywhistle.engines.search.port import Document, Found, Hit, Kind, SearchIndex, Text
from pennywhistle.engines.search.query import Field, Phrase, Query, parse_query

__all__ = [
    "Document",
    "Field",
    "Found",
    "Hit",
    "Kind",
    "Phrase",
    "Query",
    "SearchIndex",
    "Text",
    "fold",
    "parse_query",
    "tokens",
]
