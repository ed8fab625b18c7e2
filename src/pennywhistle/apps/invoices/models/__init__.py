"""Supplies as tax offices want them, the lots of balances, documents, doubts about places."""

from pennywhistle.apps.invoices.models.documents import Document, Due, Series
from pennywhistle.apps.invoices.models.doubts import PlaceDecision, PlaceDoubt
from pennywhistle.apps.invoices.models.lots import Lot, LotMove
from pennywhistle.apps.invoices.models.supplies import Reading, Settlement, Supply

__all__ = [
    "Document",
    "Due",
    "Lot",
    "LotMove",
    "PlaceDecision",
    "PlaceDoubt",
    "Reading",
    "Series",
    "Settlement",
    "Supply",
]
