"""Why not, why held, and on whose authority: sentences with a code, values and words.

The words stand in `wording`; whoever shows them passes the translator of their reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pennywhistle.engines.clearance.wording import LETTER, WORDS, Words
from pennywhistle.kernel.territories import Territories

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

# What a sentence is about: names and numbers as text, places and rights as themselves.
Value = str | Territories | tuple[str, ...]


def _as_is(text: str) -> str:
    return text


def plainly(_name: str, value: Value) -> str:
    """A value in English: territories and rights by their codes."""
    if isinstance(value, Territories):
        return value.describe()
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence by its code and values; values that are sayings are put into words first."""

    code: str
    values: tuple[tuple[str, Value | Saying], ...] = ()

    def words(
        self,
        translate: Callable[[str], str] = _as_is,
        show: Callable[[str, Value], str] = plainly,
    ) -> Words:
        """The words in the language of `translate`, which gets English templates.

        `show` writes a value by its name and itself: what "territory", "right" and territories
        are called is the reader's language too.
        """
        values = {
            name: value.words(translate, show).sentence
            if isinstance(value, Saying)
            else show(name, value)
            for name, value in self.values
        }
        return Words(*(translate(text) % values if text else "" for text in WORDS[self.code]))

    @property
    def sentence(self) -> str:
        """What happened, in English."""
        return self.words().sentence


@dataclass(frozen=True, slots=True)
class Reason(Saying):
    """Why not, or why money is held; `who` can supply what is missing."""

    who: str = ""

    @property
    def missing(self) -> str:
        """The document that is missing, in English."""
        return self.words().missing

    @property
    def cure(self) -> str:
        """What to do, in English."""
        return self.words().cure

    def letter(
        self,
        *,
        item: str,
        territory: str,
        store: str,
        translate: Callable[[str], str] = _as_is,
        show: Callable[[str, Value], str] = plainly,
    ) -> str:
        """The text that asks for what is missing, ready to be sent to `who`."""
        return translate(LETTER) % {
            "who": self.who,
            "item": item,
            "territory": territory,
            "store": store,
            **self.words(translate, show)._asdict(),
        }


@dataclass(frozen=True, slots=True)
class Link(Saying):
    """One link of the chain of authority: by which row of the register somebody may do what."""

    row: str = ""


class Refusal(Exception):  # noqa: N818 (an answer, caught in `clear`, not an error)
    """The question is answered with no, for these reasons."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(reasons)
        self.reasons = reasons


def refuse(code: str, who: str = "", /, **values: Value) -> Refusal:
    """A refusal with one reason."""
    return Refusal(Reason(code, tuple(values.items()), who))


def percent(part: Fraction) -> str:
    """A part of one as people read it, "33.33 %"; rounded to a thousandth of a percent."""
    text = f"{float(part) * 100:.3f}".rstrip("0").rstrip(".")
    return f"{text} %"
