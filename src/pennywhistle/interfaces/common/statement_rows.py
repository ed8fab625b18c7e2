"""The rows of a statement's tables, as people read them: on the screen and on paper alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.interfaces.common.apart_words import why_apart
from pennywhistle.interfaces.common.format import country_name, exact_text, price_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.utils.functional import _StrPromise

    from pennywhistle.apps.statements.breakdown import Breakdown, Group
    from pennywhistle.apps.statements.flows import Flow
    from pennywhistle.apps.statements.queries import Statement

# Sales first; what was paid stands last, before the closing balance.
_KINDS: dict[str, _StrPromise] = {
    "sale": _("Sales"),
    "refund": _("Refunds to buyers"),
    "release": _("Released from what was held"),
    "distribution": _("Distributions"),
    "contract": _("Passed on under contracts"),
    "payout": _("Paid out"),
    "returned": _("Payouts that came back"),
    "conversion": _("Converted"),
}
_USES: dict[str, _StrPromise] = {"PermanentDownload": _("Download, kept for ever")}


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract's balance, for the foot of a statement."""

    name: str
    with_whom: str
    is_owed: bool
    earned: str
    due: str
    advance: str
    reserved: str
    passed_on: str
    balance: str
    payable: str
    url: str = ""


def kind_rows(statement: Statement) -> list[dict[str, str]]:
    """From the opening balance to the closing one, by what moved it."""
    rows = [{"label": gettext("Opening balance"), "amount": exact_text(statement.opening)}]
    places = {kind: place for place, kind in enumerate(_KINDS)}
    for each in sorted(statement.by_kind, key=lambda each: places.get(each.kind, len(places))):
        label = str(_KINDS.get(each.kind, each.kind))
        rows.append({"label": label, "amount": exact_text(each.amount)})
    rows.append({"label": gettext("Closing balance"), "amount": exact_text(statement.closing)})
    return rows


def flow_rows(breakdown: Breakdown) -> list[dict[str, str]]:
    """Where all prices of the statement's sales went, from what buyers paid to the payee's part."""
    flow = breakdown.flow
    told = [
        (gettext("Buyers paid"), flow.gross),
        (gettext("Added by the store"), flow.subsidy),
        (gettext("Tax"), -flow.tax),
        (gettext("License fees of others (tariffs)"), -flow.tariffs),
        (gettext("The store's share"), -flow.store),
        (gettext("Held"), -flow.held),
        (gettext("Unclaimed"), -flow.unclaimed),
        (gettext("Shares of others"), -flow.others),
        (gettext("Your license fees (tariffs)"), flow.own_tariff),
        (gettext("Your share"), flow.own_share),
    ]
    always = {told[0][0], told[-1][0]}
    return [
        {"label": label, "amount": exact_text(breakdown.money(micro))}
        for label, micro in told
        if micro or label in always
    ]


def sold_rows(breakdown: Breakdown) -> list[dict[str, Any]]:
    """By item, territory, use and price."""
    names = [name for name, _word in columns_of(breakdown)]
    return [
        {
            "name": row.name,
            "code": row.code,
            "works": ", ".join(row.works),
            "territory": country_name(row.territory),
            "use": use_text(row.use),
            "price": price_text(row.price),
            "sales": row.sale_count,
            "refunds": row.refund_count,
            "amounts": _amounts(row.flow, names, breakdown),
        }
        for row in breakdown.rows
    ]


def group_rows(groups: Iterable[Group], breakdown: Breakdown) -> list[dict[str, Any]]:
    """By recording, territory or use."""
    names = [name for name, _word in columns_of(breakdown)]
    return [
        {
            "title": use_text(group.title),
            "code": group.code,
            "sales": group.sale_count,
            "refunds": group.refund_count,
            "amounts": _amounts(group.flow, names, breakdown),
        }
        for group in groups
    ]


def work_rows(breakdown: Breakdown) -> list[dict[str, Any]]:
    """What licensors got for which work."""
    return [
        {
            "title": row.title,
            "code": row.iswc,
            "licensor": row.licensor,
            "is_own": row.is_own,
            "amount": exact_text(row.amount),
        }
        for row in breakdown.works
    ]


def apart_rows(breakdown: Breakdown) -> list[dict[str, Any]]:
    """What was held or is unclaimed, and why."""
    words = {"held": gettext("Held"), "unclaimed": gettext("Unclaimed")}
    return [
        {
            "kind": words[row.apart.kind],
            "why": why_apart(row.apart.reason),
            "title": row.title,
            "territory": country_name(row.apart.territory),
            "year": row.apart.year or "",
            "amount": exact_text(row.amount),
        }
        for row in breakdown.apart
    ]


def use_text(use: str) -> str:
    """What a buyer may do, from DDEX's word for it."""
    return str(_USES.get(use, use))


def columns_of(breakdown: Breakdown) -> list[tuple[str, str]]:
    """The columns of amounts, as names and words: those of which something is told at all."""
    told = [
        ("gross", gettext("Gross")),
        ("tax", gettext("Tax")),
        ("tariffs", gettext("Tariffs")),
        ("store", gettext("Store")),
        ("held", gettext("Held")),
        ("unclaimed", gettext("Unclaimed")),
        ("others", gettext("Others")),
        ("own", gettext("Your part")),
    ]
    return [
        (name, word)
        for name, word in told
        if name in {"gross", "own"} or any(getattr(row.flow, name) for row in breakdown.rows)
    ]


def _amounts(flow: Flow, names: Sequence[str], breakdown: Breakdown) -> list[str]:
    return [exact_text(breakdown.money(getattr(flow, name))) for name in names]
