"""The rules of tax: where a buyer belongs, what is taxed when, and how documents round it."""

from pennywhistle.engines.tax.documents import Group, Item, Totals, totals_of
from pennywhistle.engines.tax.lots import Lot, Taken, return_newest, spend_newest, spend_oldest
from pennywhistle.engines.tax.place import Clue, ClueKind, Ruling, rule_place
from pennywhistle.engines.tax.quarters import Quarter
from pennywhistle.engines.tax.regions import EU_STATES, taxed_as
from pennywhistle.engines.tax.returns import Correction, ReturnRow, Supplied, return_of
from pennywhistle.engines.tax.rounding import cents, tax_within
from pennywhistle.engines.tax.treatment import Scheme, Seller, Treatment, treatment_of

__all__ = [
    "EU_STATES",
    "Clue",
    "ClueKind",
    "Correction",
    "Group",
    "Item",
    "Lot",
    "Quarter",
    "ReturnRow",
    "Ruling",
    "Scheme",
    "Seller",
    "Supplied",
    "Taken",
    "Totals",
    "Treatment",
    "cents",
    "return_newest",
    "return_of",
    "rule_place",
    "spend_newest",
    "spend_oldest",
    "tax_within",
    "taxed_as",
    "totals_of",
    "treatment_of",
]
