"""The check of a receipt that ties the sale's split to the terms published before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pennywhistle.engines.tlog.checks import Check, amount_text, is_included

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from pennywhistle.engines.tlog.checkpoint import Checkpoint
    from pennywhistle.engines.tlog.receipt import Receipt
    from pennywhistle.engines.tlog.records import Line
    from pennywhistle.engines.tlog.terms import TermsArea, TermsOpening

_CODE, _TITLE = "split-published", "The split is the one that was published"


def split_published(receipt: Receipt, head: Checkpoint | None) -> Check:
    """Everybody who got something is named in the published terms, with that share of it.

    At another price than the published one, shares may differ (tariffs have least amounts), and
    only the names are compared: how much each got is open then, and not passed. So is everything
    where a receipt shows no terms.
    """
    terms = receipt.terms
    if terms is None:
        sentence = "Not checked: this receipt shows no published terms."
        return Check(_CODE, _TITLE, None, sentence)
    if head is None:
        sentence = "Not checked, because the state of the log is not signed by the store."
        return Check(_CODE, _TITLE, None, sentence)
    problem = _place_problem(receipt, terms, head) or _split_problem(
        terms.area, receipt.lines, receipt.buyer
    )
    if problem:
        return Check(_CODE, _TITLE, passed=False, sentence=problem)
    if _is_at_published_price(terms.area, receipt.lines):
        sentence = f"Entry {terms.index} of the log published this split before the sale."
        return Check(_CODE, _TITLE, passed=True, sentence=sentence)
    sentence = (
        "The shares are not checked, because the price is another than the published one. Everybody"
        f" who got something is named in the terms, entry {terms.index} of the log."
    )
    return Check(_CODE, _TITLE, None, sentence)


def are_terms_of(area: TermsArea, lines: Sequence[Line], *, buyer: int) -> bool:
    """Whether a sale, or its reversal, was made by these terms."""
    return not _subject_problem(area, area.item, lines) and not _split_problem(area, lines, buyer)


def _place_problem(receipt: Receipt, terms: TermsOpening, head: Checkpoint) -> str:
    """What is wrong with where the terms stand, or with what they are of."""
    leaf, area = terms.leaf, terms.area
    in_log = is_included(leaf.hash(), terms.index, head.size, terms.path, head.root)
    in_leaf = is_included(area.hash(), terms.place, terms.count, terms.area_path, leaf.digest)
    if leaf.kind != "C" or not in_log or not in_leaf:
        return f"Entry {terms.index} of the log is not these terms."
    if terms.index >= receipt.index:
        return f"The terms were published after the sale, as entry {terms.index} of the log."
    return _subject_problem(area, leaf.subject, receipt.lines)


def _subject_problem(area: TermsArea, subject: str, lines: Sequence[Line]) -> str:
    for line in lines:
        is_of_it = line.item == subject == area.item and line.currency == area.currency
        if not is_of_it or not area.covers(line.territory):
            return "The published terms are of another item or another place than the sale."
    return ""


def _is_at_published_price(area: TermsArea, lines: Sequence[Line]) -> bool:
    return all(line.price_micro == area.price_micro for line in lines)


def _split_problem(area: TermsArea, lines: Sequence[Line], buyer: int) -> str:
    """The first account that got what the terms do not say; those that they do not name first."""
    shares = dict(area.parts)
    paid = sum(line.amount_micro for line in lines if line.account == buyer)
    # Of a reversal, everything is the other way around.
    sign = -1 if paid > 0 else 1
    got: dict[int, list[int]] = {}
    for line in lines:
        if line.account != buyer:
            got.setdefault(line.account, []).append(sign * line.amount_micro)
    is_exact = _is_at_published_price(area, lines)
    for account in sorted({*got, *shares}, key=lambda each: (each in shares, each)):
        amounts = got.get(account, [])
        amount = amount_text(sum(amounts), area.currency)
        if account not in shares:
            return f"Account {account} got {amount}, but the published terms do not name it."
        if is_exact and not _is_share(amounts, shares[account], area.total_micro):
            total = amount_text(area.total_micro, area.currency)
            return (
                f"Account {account} got {amount}, but its published share is"
                f" {shares[account].numerator}/{shares[account].denominator} of {total}."
            )
    return ""


def _is_share(amounts: list[int], share: Fraction, total_micro: int) -> bool:
    """To the micro-unit, for each posting: parts are rounded so that they add up."""
    due = share.numerator * total_micro
    off = abs(sum(amounts) * share.denominator - due)
    return off <= share.denominator * max(1, len(amounts))
