"""Verdicts in the visitor's language: reasons with their cure and letter, and the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.interfaces.common.format import country_name

if TYPE_CHECKING:
    from pennywhistle.engines.clearance import Reason, Verdict


@dataclass(frozen=True, slots=True)
class ReasonText:
    """Why not, which document is missing, who has it, what helps, and a letter that asks for it."""

    code: str
    sentence: str
    missing: str
    who: str
    cure: str
    letter: str


@dataclass(frozen=True, slots=True)
class LinkText:
    """A link of the chain of authority, and the row of the register that it rests on."""

    sentence: str
    row: str


def sentences_of(reasons: tuple[Reason, ...]) -> str:
    """Reasons in one line."""
    return " ".join(reason.words(gettext).sentence for reason in reasons)


def reasons_of(verdict: Verdict, *, store: str = "") -> tuple[ReasonText, ...]:
    """Why an item is refused, with everything that helps; `store` signs the letters."""
    return tuple(_reason(reason, verdict, store) for reason in verdict.reasons)


def holds_of(verdict: Verdict, *, store: str = "") -> tuple[ReasonText, ...]:
    """Why some of the money is kept apart, with everything that helps."""
    return tuple(_reason(reason, verdict, store) for reason in verdict.holds)


def chain_of(verdict: Verdict) -> tuple[LinkText, ...]:
    """The chain of authority, sentence by sentence."""
    return tuple(LinkText(link.words(gettext).sentence, link.row) for link in verdict.chain)


def _reason(reason: Reason, verdict: Verdict, store: str) -> ReasonText:
    words = reason.words(gettext)
    letter = ""
    if reason.who and words.missing:
        letter = reason.letter(
            item=verdict.item.title,
            territory=country_name(verdict.question.territory),
            store=store,
            translate=gettext,
        )
    return ReasonText(reason.code, words.sentence, words.missing, reason.who, words.cure, letter)
