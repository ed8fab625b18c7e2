"""Part 9, financial reporting to record companies 1.0: what was sold, deducted and allocated.

A single record a line of sales (SR08) under a summary for each territory and use (SY10). The store
accounts in the currency in which it sells, so that both currencies are one and the rate is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.dsr.blocks import DOWNLOAD
from pennywhistle.engines.dsr.facts import PAY_AS_YOU_GO, WORLDWIDE, Context
from pennywhistle.engines.dsr.writing import (
    Sheet,
    amount_cell,
    flag_cell,
    head_cells,
    name_part,
    text_cell,
)
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from fractions import Fraction

    from pennywhistle.engines.dsr.facts import Heading, Product, SoundRecording

PROFILE, VERSION = "FinancialReportingToRecordCompaniesProfileSRB", "1.0"
MESSAGE = "dsrf/1.3/1.4.1/1.4"
_MILLIONTHS = 10**6


@dataclass(frozen=True, slots=True)
class Line:
    """Sales of one item on one day in one context at one price.

    `gross` is what buyers paid without tax, less what went back; `deductions` what came off it, by
    its name, and `allocated` what the recipient got. They are the books' own sums. `share` is the
    recipient's exact part of what was left after the deductions.
    """

    context: Context
    day: date
    product: Product
    recording: SoundRecording | None
    usages: int
    returns: int
    price: Money
    gross: Money
    deductions: tuple[tuple[str, Money], ...]
    share: Fraction
    allocated: Money


@dataclass(frozen=True, slots=True)
class Account:
    """What the store sold in all, by context: the recipient works out its part of the market."""

    usages: dict[Context, int]


def financial_report(heading: Heading, lines: Sequence[Line], store: Account) -> bytes:
    """The report as a file; a period without sales has a summary of nothing."""
    sheet = Sheet()
    sheet.add("HEAD", head_cells(heading, PROFILE, VERSION, MESSAGE))
    contexts = sorted({line.context for line in lines})
    summaries = {context: str(number) for number, context in enumerate(contexts, 1)}
    for context, number in summaries.items():
        mine = [line for line in lines if line.context == context]
        _summary(sheet, heading, (context, number), mine, store)
    if not contexts:
        nothing = Context(WORLDWIDE, DOWNLOAD, PAY_AS_YOU_GO)
        _summary(sheet, heading, (nothing, "1"), [], store)
    for transaction, line in enumerate(lines, 1):
        sheet.add("SR08", _sales_cells(line, str(transaction), summaries[line.context]))
    return sheet.end_single()


def _summary(
    sheet: Sheet,
    heading: Heading,
    named: tuple[Context, str],
    lines: Sequence[Line],
    store: Account,
) -> None:
    (context, number), nothing = named, Money.zero(heading.currency)
    gross = sum((line.gross for line in lines), nothing)
    allocated = sum((line.allocated for line in lines), nothing)
    deductions: dict[str, Money] = {}
    for line in lines:
        for name, amount in line.deductions:
            deductions[name] = deductions.get(name, nothing) + amount
    net = gross - sum(deductions.values(), nothing)
    usages = sum(line.usages for line in lines)
    sheet.add(
        "SY10",
        {
            "SummaryRecordId": number,
            "CommercialModel": context.model,
            "UseType": context.use,
            "ReportingPeriodStartDate": heading.first.isoformat(),
            "ReportingPeriodEndDate": heading.last.isoformat(),
            "Territory": context.territory,
            "ServiceDescription": name_part(heading.service),
            "TotalUsages": str(store.usages.get(context, usages)),
            "AllocatedUsages": str(usages),
            "Returns": str(sum(line.returns for line in lines)),
            "MusicUsageRatio": "100",
            "CurrencyOfTransaction": heading.currency,
            "CurrencyOfAccounting": heading.currency,
            "ExchangeRate": "1",
            **_both("GrossRevenue", gross),
            **_deductions(tuple(deductions.items())),
            **_both("NetRevenue", net),
            **_both("AllocatedRevenue", allocated),
            **_both("AllocatedNetRevenue", allocated),
            **_both("SubscriptionFee", nothing),
            **_both("FinalTotalAmount", allocated),
        },
    )


def _sales_cells(line: Line, transaction: str, summary: str) -> dict[str, str]:
    product, recording = line.product, line.recording
    cells = {
        "SalesTransactionId": transaction,
        "ReleaseICPN": product.upc,
        "DspReleaseId": product.id,
        "ReleaseTitle": text_cell(product.title),
        "ReleaseDisplayArtistName": text_cell(product.artist),
        "SummaryRecordId": summary,
        "SalesTransactionDate": line.day.isoformat(),
        "TotalUsages": str(line.usages),
        "Returns": str(line.returns),
        "NetUsage": str(line.usages - line.returns),
        **_both("PriceConsumerPaidExcSalesTax", line.price),
        **_deductions(line.deductions),
        "RightSharePercentage": _percent_cell(line.share),
        **_both("CalculatedUnitPrice", line.price),
        **_both("AllocatedRevenue", line.allocated),
        **_both("AllocatedNetRevenue", line.allocated),
        "CopyrightObligationWithDSP": flag_cell(flag=True),
    }
    if recording is not None:
        cells |= {
            "ResourceISRC": recording.isrc,
            "DspResourceId": recording.id,
            "ResourceType": "SoundRecording",
            "ResourceTitle": text_cell(recording.title),
            "ResourceDisplayArtistName": text_cell(recording.artist),
        }
    return cells


def _percent_cell(share: Fraction) -> str:
    whole, part = divmod(round(share * 100 * _MILLIONTHS), _MILLIONTHS)
    return f"{whole}.{part:06}"


def _deductions(deductions: Sequence[tuple[str, Money]]) -> dict[str, str]:
    amounts = "|".join(amount_cell(amount) for _, amount in deductions)
    return {
        "DeductionType": "|".join(name for name, _ in deductions),
        "DeductionsInCurrencyOfTransaction": amounts,
        "DeductionsInCurrencyOfAccounting": amounts,
    }


def _both(name: str, amount: Money) -> dict[str, str]:
    cell = amount_cell(amount)
    return {f"{name}InCurrencyOfTransaction": cell, f"{name}InCurrencyOfAccounting": cell}
