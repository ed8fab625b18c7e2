"""Why a deal that means to authorize a sale does not: territories, dates, prices (E2 to E5, E8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.kernel.money import MICRO

if TYPE_CHECKING:
    from pennywhistle.engines.ddex.terms import Deal

# In any currency, the one with the smallest unit too. Taxes and shares, which come on top, must
# not lead beyond what Money can hold.
_AMOUNT_MAX = 100_000_000

Why = tuple[str, str, str, str, str]
"""Code, rule, value, sentence and cure."""


def wrong_territories(deal: Deal) -> Why | None:
    """Inclusions and exclusions at once, an unknown territory, or none (E3)."""
    where = deal.where
    codes = " ".join((*where.included, *(f"-{code}" for code in where.excluded)))
    if where.included and where.excluded:
        return (
            "territories-mixed",
            "E3",
            codes,
            "The deal names territories and exclusions at once.",
            "Name either where it holds, or where it does not.",
        )
    if where.territories is None:
        return (
            "territory-unknown",
            "E3",
            codes,
            "The deal names a territory that this store does not know.",
            "Use ISO 3166-1 codes, Worldwide, or numbers of CISAC TIS.",
        )
    if not where.territories:
        return (
            "territory-missing",
            "E3",
            codes,
            "The deal covers no territory.",
            "Name the territories, or Worldwide.",
        )
    return None


def wrong_period(deal: Deal, *, is_start_needed: bool) -> Why | None:
    """A date that cannot be read, an end before the start, no start (E4, E5)."""
    moments = [moment for span in deal.spans for moment in (span.starts, span.ends)]
    if deal.effective is not None:
        moments.append(deal.effective)
    for moment in moments:
        if moment is not None and not moment.is_usable:
            return (
                "date-unreadable",
                "E4",
                moment.raw,
                f"{moment.raw[:80]!r} is no date that a deal can rest on.",
                "Write whole dates like 2026-01-31.",
            )
    if not all(span.is_usable for span in deal.spans):
        return (
            "period-backwards",
            "E4",
            "",
            "The period of the deal ends before it starts.",
            "Send an end after the start.",
        )
    has_start = bool(deal.spans) and all(span.starts is not None for span in deal.spans)
    if is_start_needed and not has_start:
        return (
            "start-missing",
            "E5",
            "",
            "The deal does not say when it starts.",
            "Send a StartDate; for today's date, if it holds at once.",
        )
    return None


def wrong_price(deal: Deal) -> Why | None:
    """A price of 0, one given twice, or one that is no money (E2, E8)."""
    kinds = {price.kind for price in deal.prices}
    if {"code", "wholesale"} <= kinds:
        return (
            "price-twice",
            "E8",
            "",
            "The price is given as a code and as a wholesale amount.",
            "Send one of them.",
        )
    for price in deal.prices:
        if price.kind != "wholesale":
            continue
        if price.money is None or price.money.micro > _AMOUNT_MAX * MICRO:
            return (
                "price-unreadable",
                "E8",
                f"{price.text} {price.currency}".strip(),
                f"{price.text[:40]!r} in {price.currency[:8]!r} is not the price of a release.",
                "Write an amount like 0.14 with a currency like EUR.",
            )
        if not price.money:
            return (
                "price-zero",
                "E2",
                price.text,
                "PayAsYouGoModel means a price, and the price is 0.",
                "Send FreeOfChargeModel for what is free.",
            )
    return None
