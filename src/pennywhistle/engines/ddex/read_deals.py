"""Deals, visibility and catalog transfers, as all versions write them.

ERN 3 puts uses into Usage and prices under PriceType; ERN 4 is flat and says PriceCode. Anything
in the terms that has no place here is remembered with the deal, because it may narrow the right.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pennywhistle.engines.ddex.files import Property
from pennywhistle.engines.ddex.read_parties import read_written_party
from pennywhistle.engines.ddex.read_things import read_dates
from pennywhistle.engines.ddex.reading import kebab
from pennywhistle.engines.ddex.terms import Channel, Deal, Incentive, Price, Transfer, Visibility
from pennywhistle.engines.ddex.things import Mark
from pennywhistle.kernel.money import Money, MoneyError

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.moments import Moment
    from pennywhistle.engines.ddex.reading import Reader
    from pennywhistle.engines.ddex.things import Word
    from pennywhistle.engines.ddex.tree import Node

_AMOUNTS = {
    "WholesalePricePerUnit": "wholesale",
    "BulkOrderWholesalePricePerUnit": "bulk-wholesale",
    "SuggestedRetailPrice": "suggested-retail",
}
_DISPLAYS = tuple(
    f"{what}{form}"
    for what in (
        "ReleaseDisplayStartDate",
        "TrackListingPreviewStartDate",
        "FullTrackListingPreviewStartDate",
        "CoverArtPreviewStartDate",
        "ClipPreviewStartDate",
        "PreOrderPreviewDate",
        "PreOrderReleaseDate",
    )
    for form in ("", "Time")
)
_INCENTIVES = ("PreOrderIncentiveResourceList", "InstantGratificationResourceList")
# All yes-or-no parts that terms and deals have in any version; none of another name is believed.
_MARKS = ("TakeDown", "AllDealsCancelled", "IsPreOrderDeal", "IsPromotional", "IsExclusive")
_MARKS_OF_DEALS = ("IsCommunicatedOutOfBand",)
# Attributes that cannot narrow a right: a language, the kind of a territory code.
_HARMLESS = frozenset(
    {"LanguageAndScriptCode", "IdentifierType", "IsDiscoverable", "LocationDescription"}
)
# Plain values in the terms or in Usage; what each does to a sale is decided in the module offers.
_CONDITIONS = (
    "UserInterfaceType",
    "DistributionChannelType",
    "CarrierType",
    "NumberOfUsages",
    "ConsumerRentalPeriod",
    "PromotionalCode",
    "NumberOfProductsPerCarton",
    "DrmEnforcementType",
    "VideoDefinitionType",
    "CodingType",
    "BitRate",
)


def read_deals(reader: Reader, node: Node) -> tuple[Deal, ...]:
    """All deals of a DealList, in the order of the file."""
    deals: list[Deal] = []
    for part in node.take("ReleaseDeal"):
        releases = reader.texts(part, "DealReleaseReference")
        effective = reader.moment_or_none(part, ("EffectiveDate",))
        own = [_deal(reader, child, releases, effective) for child in part.take("Deal")]
        # What stands beside the deals is about all of them, who share its paths: a message can
        # have as many of the one as of the other.
        beside = tuple(child.path for children in part.parts.values() for child in children)
        deals.extend(deal if deal.unread else replace(deal, unread=beside) for deal in own)
    return tuple(deals)


def _deal(reader: Reader, node: Node, releases: tuple[str, ...], effective: Moment | None) -> Deal:
    terms = node.take_one("DealTerms") or node
    usages = [terms, *terms.take("Usage")]
    return Deal(
        path=node.path,
        line=node.line,
        references=reader.texts(node, "DealReference"),
        releases=releases,
        models=reader.words(terms, ("CommercialModelType",), "commercial-model"),
        uses=tuple(word for part in usages for word in reader.words(part, ("UseType",), "use")),
        where=reader.where(terms),
        spans=tuple(reader.span(child) for child in terms.take("ValidityPeriod")),
        prices=tuple(
            price for child in terms.take("PriceInformation") for price in _prices(reader, child)
        ),
        conditions=_conditions(reader, usages),
        channels=_channels(reader, terms),
        displays=read_dates(reader, [(terms, None)], _DISPLAYS),
        incentives=tuple(_incentive(reader, child) for child in terms.take_any(_INCENTIVES)),
        effective=effective,
        marks=_marks(reader, terms, _MARKS) + _marks(reader, node, _MARKS_OF_DEALS),
        # Built last: only what nobody has taken by now is left.
        unread=_unread(reader, node, terms),
    )


def _marks(reader: Reader, node: Node, names: tuple[str, ...]) -> tuple[Mark, ...]:
    """The yes-or-no parts of these names; one that cannot be read stays, and is listed."""
    found: list[Mark] = []
    for name in names:
        left: list[Node] = []
        for child in node.take(name):
            value = reader.yes_or_no(child, child.text)
            if value is None:
                left.append(child)
            else:
                child.take_text()
                found.append(Mark(kebab(name), value))
        if left:
            node.parts[name] = left
    return tuple(found)


def _unread(reader: Reader, node: Node, terms: Node) -> tuple[str, ...]:
    """The paths of what nobody took; a part that nobody knows says something even if empty."""
    left = tuple(
        left.path
        for left in reader.tree.left_in(node)
        if left.text or not left.attributes.keys() <= _HARMLESS
    )
    return left or tuple(
        child.path
        for part in dict.fromkeys((node, terms))
        for children in part.parts.values()
        for child in children
    )


def _conditions(reader: Reader, usages: list[Node]) -> tuple[Property, ...]:
    found: list[Property] = []
    for usage in usages:
        for part in [usage, *usage.take("TechnicalInstantiation")]:
            for child in part.take_any(_CONDITIONS):
                unit = child.take_attribute("UnitOfMeasure")
                word = reader.word(child)
                found.append(
                    Property(kebab(child.name), word.value, unit, word.own, word.namespace)
                )
    return tuple(found)


def _channels(reader: Reader, terms: Node) -> tuple[Channel, ...]:
    return tuple(
        Channel(
            read_written_party(reader, child),
            child.name.startswith("Excluded"),
            reader.texts(child, "URL"),
            reader.texts(child, "TerritoryCode"),
        )
        for child in terms.take_any(("DistributionChannel", "ExcludedDistributionChannel"))
    )


def _incentive(reader: Reader, node: Node) -> Incentive:
    return Incentive(
        kebab(node.name).removesuffix("-resource-list"),
        reader.texts(node, "DealResourceReference"),
        tuple(reader.span(child) for child in node.take_any(("Period", "ValidityPeriod"))),
    )


# --- prices ------------------------------------------------------------------------------


def _prices(reader: Reader, node: Node) -> list[Price]:
    """Every statement of one PriceInformation, each as a price of its own."""
    found: list[Price] = []
    price_type = None
    codes = node.take("PriceCode")
    if "PriceType" in node.attributes:
        price_type = reader.word_attribute(node, "PriceType", "price-type")
    description = reader.text(node, "Description")
    for child in [*codes, *node.take("PriceType")]:
        namespace, code = child.take_attribute("Namespace"), child.take_text()
        found.append(Price("code", code, code=code, namespace=namespace, type=price_type))
    found.extend(_amount(child, price_type) for child in node.take_any(tuple(_AMOUNTS)))
    for child in node.take("PriceRangeType"):
        namespace, text = child.take_attribute("Namespace"), child.take_text()
        found.append(Price("range", text, range=text, namespace=namespace, type=price_type))
    if not found or description:
        found.append(Price("none", description=description, type=price_type))
    return found


def _amount(node: Node, price_type: Word | None) -> Price:
    text, currency = node.take_text(), node.take_attribute("CurrencyCode")
    try:
        money: Money | None = Money.parse(text, currency=currency)
    except MoneyError:
        # Kept as text; a deal that rests on it is refused (the module refusals).
        money = None
    return Price(_AMOUNTS[node.name], text, money, currency, type=price_type)


# --- visibility and transfers ------------------------------------------------------------


def read_visibilities(reader: Reader, node: Node) -> tuple[Visibility, ...]:
    """From 4.2 the dates of showing stand apart from the deals (E10)."""
    return tuple(
        Visibility(
            reader.text(child, "VisibilityReference"),
            child.name.startswith("Track"),
            reader.where(child),
            read_dates(reader, [(child, None)], _DISPLAYS),
            reader.flag_attribute(child, "DoNotDisplayDates"),
        )
        for child in node.take_any(("ReleaseVisibility", "TrackReleaseVisibility"))
    )


def read_transfers(reader: Reader, node: Node) -> tuple[Transfer, ...]:
    """ERN 3's announcements that a catalog changes hands (E11)."""
    return tuple(
        Transfer(
            reader.flag(child, "CatalogTransferCompleted"),
            reader.moment_or_none(child, ("EffectiveTransferDate",)),
            _transfer_party(reader, child, "TransferringFrom"),
            _transfer_party(reader, child, "TransferringTo"),
            reader.where(child),
            tuple(
                text
                for part in child.take("CatalogReleaseReferenceList")
                for text in reader.texts(part, "CatalogReleaseReference")
            ),
        )
        for child in node.take("CatalogTransfer")
    )


def _transfer_party(reader: Reader, node: Node, name: str) -> str:
    child = node.take_one(name)
    return read_written_party(reader, child) if child is not None else ""
