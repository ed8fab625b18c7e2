"""Verdicts in the visitor's language: reasons with their cure and letter, and the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from pennywhistle.engines.clearance import Right
from pennywhistle.interfaces.common.format import country_name, list_text
from pennywhistle.interfaces.common.party_field import right_name
from pennywhistle.interfaces.common.world import territories_text
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from pennywhistle.engines.clearance import Reason, Verdict
    from pennywhistle.engines.clearance.reasons import Value


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
    return " ".join(reason.words(gettext, _shown).sentence for reason in reasons)


def reasons_of(verdict: Verdict, *, store: str = "", place: str = "") -> tuple[ReasonText, ...]:
    """Why an item is refused, with everything that helps; `store` signs the letters.

    `place` is said instead of the country, where the verdict stands for several.
    """
    return tuple(_reason(reason, verdict, store, place) for reason in verdict.reasons)


def holds_of(verdict: Verdict, *, store: str = "", place: str = "") -> tuple[ReasonText, ...]:
    """Why some of the money is kept apart, with everything that helps."""
    return tuple(_reason(reason, verdict, store, place) for reason in verdict.holds)


def chain_of(verdict: Verdict) -> tuple[LinkText, ...]:
    """The chain of authority, sentence by sentence."""
    return tuple(LinkText(link.words(gettext, _shown).sentence, link.row) for link in verdict.chain)


def _reason(reason: Reason, verdict: Verdict, store: str, place: str) -> ReasonText:
    def show(name: str, value: Value) -> str:
        return place if place and name == "territory" else _shown(name, value)

    words = reason.words(gettext, show)
    letter = ""
    if reason.who and words.missing:
        letter = reason.letter(
            item=verdict.item.title,
            territory=place or country_name(verdict.question.territory),
            store=store,
            translate=gettext,
            show=show,
        )
    return ReasonText(reason.code, words.sentence, words.missing, reason.who, words.cure, letter)


def _shown(name: str, value: Value) -> str:
    """A value of a sentence as people read it: countries and rights by name."""
    if isinstance(value, Territories):
        return territories_text(value)
    if isinstance(value, tuple):
        return list_text(str(right_name(each)) for each in value)
    if isinstance(value, Right):
        return str(right_name(value))
    return country_name(value) if name == "territory" else value
