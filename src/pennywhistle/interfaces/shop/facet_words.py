"""What results are narrowed and sorted by, in words."""

from __future__ import annotations

from django.utils.translation import gettext

from pennywhistle.engines.search import Kind, Sort
from pennywhistle.engines.search.marks import MICRO_PER_CENT, PRICE_ENDS_CENTS, PRICE_MORE, Facet
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.kernel.money import Money


def kind_title(kind: Kind | None) -> str:
    """The name of a group of results."""
    return {
        None: gettext("Everything"),
        Kind.RELEASE: gettext("Releases"),
        Kind.TRACK: gettext("Tracks"),
        Kind.PARTY: gettext("Artists and labels"),
    }[kind]


def sort_title(sort: Sort) -> str:
    """The name of an order."""
    return {
        Sort.BEST: gettext("Best match"),
        Sort.NEW: gettext("Newest"),
        Sort.SALES: gettext("Most bought"),
        Sort.PRICE: gettext("Price"),
        Sort.NAME: gettext("Name"),
    }[sort]


def facet_title(facet: Facet) -> str:
    """The name of what is counted."""
    return {
        Facet.GENRE: gettext("Genre"),
        Facet.YEAR: gettext("Year"),
        Facet.PRICE: gettext("Price"),
        Facet.LENGTH: gettext("Length"),
        Facet.SOUND: gettext("Sound"),
        Facet.CHECKED: gettext("Checked"),
    }[facet]


def value_text(facet: Facet, value: str, *, currency: str) -> str:
    """A value of a facet, as people read it."""
    if facet is Facet.PRICE:
        return _price_text(value, currency)
    return {
        (Facet.LENGTH, "single"): gettext("Single"),
        (Facet.LENGTH, "ep"): gettext("EP"),
        (Facet.LENGTH, "album"): gettext("Album"),
        (Facet.LENGTH, "to2"): gettext("under 2 minutes"),
        (Facet.LENGTH, "to4"): gettext("2 to 4 minutes"),
        (Facet.LENGTH, "to8"): gettext("4 to 8 minutes"),
        (Facet.LENGTH, "over8"): gettext("over 8 minutes"),
        (Facet.SOUND, "hires"): gettext("More than CD quality"),
        (Facet.SOUND, "cd"): gettext("CD quality"),
        (Facet.SOUND, "lossy"): gettext("Lossy"),
        (Facet.CHECKED, "yes"): gettext("Lossless, checked"),
    }.get((facet, value), value)


def _price_text(value: str, currency: str) -> str:
    if value == PRICE_MORE:
        return gettext("%(price)s and more") % {"price": _units(PRICE_ENDS_CENTS[-1], currency)}
    if value not in {str(end) for end in PRICE_ENDS_CENTS}:
        return value
    return gettext("under %(price)s") % {"price": _units(int(value), currency)}


def _units(cents: int, currency: str) -> str:
    return price_text(Money(cents * MICRO_PER_CENT, currency))
