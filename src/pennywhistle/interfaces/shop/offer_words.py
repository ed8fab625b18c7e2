"""What codes and bundles do and why not, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.offers.asking import CodeWord, LineWord
from pennywhistle.interfaces.common.format import price_text
from pennywhistle.kernel.money import Money

if TYPE_CHECKING:
    from pennywhistle.apps.discovery.basket import Basket, BasketLine
    from pennywhistle.apps.offers.asking import Arranged, TypedCode

_CODES = {
    CodeWord.UNKNOWN: _("This is not a code of ours. Look at it letter by letter."),
    CodeWord.NOT_YET: _("This code does not count yet."),
    CodeWord.ENDED: _("This code does not count any more."),
    CodeWord.USED_UP: _("This code was used as often as it may be."),
    CodeWord.SPENT: _("What the store gives for this code is given away."),
    CodeWord.USED_BY_YOU: _("You have used this code already."),
    CodeWord.NOTHING_FOR_IT: _("This code lowers the price of nothing in your cart."),
}
_LINES = {
    LineWord.NOT_FOR_IT: _("the code is for other things"),
    LineWord.IN_BUNDLE: _("it has the price of a bundle already"),
    LineWord.OWN_PRICE: _("you named its price yourself"),
    LineWord.AT_FLOOR: _("at any less, somebody would go unpaid"),
    LineWord.AT_MOST: _("the store takes off no more, of one purchase or altogether"),
    LineWord.OTHER_CODE: _("another code lowers it more"),
}


@dataclass(frozen=True, slots=True)
class CodeDrawn:
    """A code in the cart: its text, what it does, and to which items it does nothing."""

    typed: str
    works: bool
    sentence: str
    untouched: tuple[str, ...]


def codes_drawn(arranged: Arranged, basket: Basket) -> list[CodeDrawn]:
    """Each code that was typed, in words."""
    return [_drawn(each, arranged, basket) for each in arranged.codes]


def _drawn(code: TypedCode, arranged: Arranged, basket: Basket) -> CodeDrawn:
    if code.word is CodeWord.WORKS and code.row is not None:
        saved = price_text(Money(code.saved_micro, basket.total.currency))
        campaign = code.row.campaign
        sentence = gettext("%(title)s: you pay %(saved)s less.") % {
            "title": campaign.title,
            "saved": saved,
        }
    else:
        sentence = str(_CODES[code.word])
    untouched = tuple(
        f"{line.title}: {_LINES[each.word]}"
        for line in basket.lines
        for each in arranged.untouched.get(line.ref, ())
        if each.typed == code.typed
    )
    return CodeDrawn(code.typed, code.word is CodeWord.WORKS, sentence, untouched)


def note_of(line: BasketLine, arranged: Arranged) -> str:
    """Who made it, and, where it costs less or the buyer named the price, how that is."""
    lowered = arranged.lowered.get(line.ref)
    notes = [line.artist_line]
    if lowered is not None:
        notes.append(
            gettext("%(title)s: instead of %(price)s")
            % {"title": lowered.title, "price": price_text(lowered.before)}
        )
    terms = line.offer.verdict.terms
    if terms is not None and terms.is_open:
        notes.append(gettext("your own price, from %(price)s") % {"price": price_text(terms.least)})
    return " · ".join(notes)
