"""Terms of refund, and what stands against one, in the visitor's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from pennywhistle.apps.orders.returns import Against
from pennywhistle.interfaces.common.format import date_text

if TYPE_CHECKING:
    from pennywhistle.apps.orders.returns import Return, Terms


def terms_text(terms: Terms) -> str:
    """How long and after how many downloads the store takes a purchase back."""
    if not terms.days:
        return gettext("The store takes nothing back, but by law.")
    within = ngettext(
        "You can give it back within %(count)d day", "You can give it back within %(count)d days",
        terms.days,
    ) % {"count": terms.days}  # fmt: skip
    if not terms.downloads_max:
        return gettext("%(within)s, as long as you have not downloaded or played it.") % {
            "within": within
        }
    return ngettext(
        "%(within)s, as long as you have fetched at most %(count)d track of it.",
        "%(within)s, as long as you have fetched at most %(count)d tracks of it.",
        terms.downloads_max,
    ) % {"within": within, "count": terms.downloads_max}


def against_text(found: Return) -> str:
    """Why it cannot be given back by the store's terms; empty where it can."""
    return {
        Against.NOTHING: "",
        Against.REFUNDED: gettext("It was given back."),
        Against.TIME: gettext("It could be given back until %(day)s.")
        % {"day": date_text(found.until)},
        Against.DOWNLOADS: gettext("It was downloaded, so it cannot be given back any more."),
        Against.ALBUM: gettext(
            "Its price was counted toward the album. Give the album back first."
        ),
        Against.BUNDLE: _bundle_text(),
        Against.LAW: "",
    }[found.against]


def against_withdrawal_text(found: Return) -> str:
    """Why nobody can withdraw from it any more; empty where one can."""
    return {
        Against.NOTHING: "",
        Against.REFUNDED: gettext("It was given back."),
        Against.TIME: gettext("The right to withdraw ended on %(day)s.")
        % {"day": date_text(found.withdrawal_until)},
        Against.DOWNLOADS: gettext(
            "You asked for the download at once, and it has begun: with that, as you were told, "
            "the right to withdraw has ended."
        ),
        Against.ALBUM: gettext(
            "Its price was counted toward the album. Withdraw from the album first."
        ),
        Against.BUNDLE: _bundle_text(),
        Against.LAW: gettext("The law of your country gives no right to withdraw from it."),
    }[found.against_withdrawal]


def together_text(found: Return) -> str:
    """What else goes back with it; empty where nothing does."""
    if not found.together:
        return ""
    titles = ", ".join((each.track or each.release).title for each in found.together)
    return gettext("It was sold in a bundle, and goes back with the rest of it: %(titles)s.") % {
        "titles": titles
    }


def _bundle_text() -> str:
    return gettext(
        "It was sold in a bundle, which goes back as a whole, and some of that cannot go back any"
        " more."
    )
