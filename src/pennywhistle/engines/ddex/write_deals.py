"""The DealList of ERN 4.3.2: what is sold where, from when to when, for what."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.deals import SALE_MODEL, SALE_USE
from pennywhistle.engines.ddex.write_xml import element, flag, text, text_if
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.write_facts import ReleaseFacts, Sale
    from pennywhistle.kernel.money import Money

RELEASE_REFERENCE = "R0"
VISIBILITY_REFERENCE = "V1"


def release_reference(item: int | None) -> str:
    """The reference of what is sold: the release, or the track at a place counted from 0."""
    return RELEASE_REFERENCE if item is None else f"R{item + 1}"


def deals_xml(facts: ReleaseFacts, namespace: str) -> str:
    """The list; nothing where nothing is sold, which takes the release down (E7).

    `namespace` is whose price codes are meant: the supplier's DPID.
    """
    if not facts.sales:
        return ""
    deals = "".join(_release_deal(sale, namespace) for sale in facts.sales)
    return element("DealList", deals + _visibility(facts.shown_from))


def instant_text(at: datetime) -> str:
    """An instant in UTC, as exact as it is."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _release_deal(sale: Sale, namespace: str) -> str:
    references = "".join(
        text("DealReleaseReference", release_reference(item)) for item in sale.items
    )
    terms = element(
        "DealTerms",
        territories_xml(sale.territories)
        + _period(sale)
        + text("CommercialModelType", SALE_MODEL)
        + text("UseType", SALE_USE)
        + _price(sale, namespace)
        + (flag("IsPreOrderDeal", is_set=True) if sale.is_pre_order else ""),
    )
    return element("ReleaseDeal", references + element("Deal", terms))


def territories_xml(territories: Territories) -> str:
    """The shorter of two ways to say it: where, or everywhere but where."""
    missing = Territories.worldwide() - territories
    if not missing:
        return text("TerritoryCode", "Worldwide")
    if len(missing) < len(territories):
        return "".join(text("ExcludedTerritoryCode", code) for code in missing)
    return "".join(text("TerritoryCode", code) for code in territories)


def _period(sale: Sale) -> str:
    """Dates, or times where one of the two is one: DDEX does not let them be mixed."""
    starts, ends = sale.starts, sale.ends
    if isinstance(starts, datetime) or isinstance(ends, datetime):
        after = None if ends is None else _moment_text(ends, is_end=True)
        inner = text("StartDateTime", _moment_text(starts)) + text_if("EndDateTime", after)
    else:
        inner = text("StartDate", starts.isoformat())
        inner += text_if("EndDate", ends.isoformat() if ends else None)
    return element("ValidityPeriod", inner)


def _moment_text(moment: date | datetime, *, is_end: bool = False) -> str:
    if isinstance(moment, datetime):
        return moment.isoformat() if moment.tzinfo is None else instant_text(moment)
    # A day that is an end counts: it ends with its midnight (E4).
    day = moment + timedelta(days=1) if is_end else moment
    return datetime.combine(day, time()).isoformat()


def _price(sale: Sale, namespace: str) -> str:
    inner = text_if("PriceCode", sale.code, Namespace=namespace)
    if not sale.code:
        inner += _amount("WholesalePricePerUnit", sale.wholesale)
    inner += _amount("SuggestedRetailPrice", sale.suggested)
    return element("PriceInformation", inner) if inner else ""


def _amount(name: str, amount: Money | None) -> str:
    if amount is None:
        return ""
    return text(name, f"{amount.decimal:f}", CurrencyCode=amount.currency)


def _visibility(shown_from: datetime | None) -> str:
    if shown_from is None:
        return ""
    return element(
        "ReleaseVisibility",
        text("VisibilityReference", VISIBILITY_REFERENCE)
        + text("TerritoryCode", "Worldwide")
        + text("ReleaseDisplayStartDateTime", instant_text(shown_from)),
    )
