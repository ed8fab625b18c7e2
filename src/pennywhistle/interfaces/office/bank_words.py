"""What the store says of bank entries: why they wait, what they may be, how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.payments.bank.suggesting import Why
from pennywhistle.apps.payments.models import BankEnd, BankOrder

if TYPE_CHECKING:
    from pennywhistle.apps.payments.bank.suggesting import Suggestion

WHY = {
    Why.NO_REFERENCE: _("It names no reference of ours."),
    Why.SEVERAL: _("It names several references."),
    Why.CURRENCY: _("It came in another currency than balances are kept in."),
    Why.TWICE: _("The same amount came for the same reference on the same day."),
    Why.TOO_MUCH: _("More came than may be paid in at once."),
    Why.RETURN: _("The bank sends something back."),
    Why.OUTGOING: _("It left the account, and is no order of the store's."),
    Why.NOT_BEGUN: _("Its top-up was never begun."),
    Why.PAYEE: _("It seems to be a payout to a payee."),
    Why.FAILED_ORDER: _("It names an order that failed; its money is its buyer's again."),
}
HOW = {
    BankEnd.How.CREDITED: _("A buyer's money: credit it"),
    BankEnd.How.SWEPT: _("Paid out to us by a payment provider"),
    BankEnd.How.FEE: _("The bank's fee or interest"),
    BankEnd.How.OWN: _("The store's own money, in or out"),
    BankEnd.How.BACK: _("Nobody's: send it back"),
    BankEnd.How.PAYEE: _("A payout to a payee, which is settled on its own page"),
}
ENDED = {
    BankEnd.How.CREDITED: _("credited"),
    BankEnd.How.SENT: _("an order of ours"),
    BankEnd.How.RETURNED: _("an order that came back"),
    BankEnd.How.SWEPT: _("paid out by a provider"),
    BankEnd.How.FEE: _("the bank's"),
    BankEnd.How.OWN: _("the store's own"),
    BankEnd.How.BACK: _("goes back"),
    BankEnd.How.PAYEE: _("a payout"),
}
ORDER = {
    BankOrder.State.CREATED: _("to be ordered"),
    BankOrder.State.ORDERED: _("in a file for the bank"),
    BankOrder.State.DONE: _("done"),
    BankOrder.State.FAILED: _("failed"),
}


def suggestion_text(found: Suggestion) -> str:
    """Why it waits, and what it probably is."""
    why = str(WHY[found.why])
    if found.user is not None:
        return gettext("%(why)s Perhaps it is of %(who)s.") % {"why": why, "who": found.user.email}
    if found.provider:
        said = {"why": why, "provider": found.provider}
        return gettext("%(why)s Perhaps %(provider)s paid it out.") % said
    return why
