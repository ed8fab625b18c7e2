"""Counted purchases, and the lists that are made from them and from the catalog."""

from pennywhistle.apps.charts.models.lists import Chart, LabelLine, Making, Together
from pennywhistle.apps.charts.models.personal import NoSuggestions
from pennywhistle.apps.charts.models.picks import StaffPick, StaffPickQuerySet
from pennywhistle.apps.charts.models.purchases import Purchase, Reading

__all__ = [
    "Chart",
    "LabelLine",
    "Making",
    "NoSuggestions",
    "Purchase",
    "Reading",
    "StaffPick",
    "StaffPickQuerySet",
    "Together",
]
