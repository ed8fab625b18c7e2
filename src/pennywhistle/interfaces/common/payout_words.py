"""Payouts as people read them: how they stand, and why an account is not paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pennywhistle.apps.payouts.looking import Why
from pennywhistle.apps.payouts.models import Payout
from pennywhistle.apps.payouts.models.terms import Cadence

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_STATES: dict[str, _StrPromise] = {
    Payout.State.PROPOSED: _("proposed"),
    Payout.State.DROPPED: _("dropped"),
    Payout.State.APPROVED: _("approved"),
    Payout.State.SENT: _("sent"),
    Payout.State.SETTLED: _("paid"),
    Payout.State.FAILED: _("failed"),
    Payout.State.RETURNED: _("came back"),
}
CADENCES: dict[str, _StrPromise] = {
    Cadence.MONTH: _("each month"),
    Cadence.QUARTER: _("each quarter"),
    Cadence.YEAR: _("each year"),
}


def state_text(payout: Payout) -> str:
    """How a payout stands."""
    return str(_STATES[payout.state])


def why_text(why: str, detail: str) -> str:
    """Why an account is not paid, and what changes that."""
    said = {"detail": detail}
    sentences = {
        Why.NOTHING: gettext("Nothing is due."),
        Why.OPEN: gettext("A payout is on its way; the next one waits for its end."),
        Why.CADENCE: gettext("It is paid later, as the payee wants it."),
        Why.NO_DETAILS: gettext("There are no bank details yet."),
        Why.WAITING: gettext("The bank details are used from %(detail)s UTC on."),
        Why.DOUBTFUL: gettext("Money came back from the bank: other bank details are needed."),
        Why.NO_RATE: gettext(
            "There is no rate of exchange of the last week (%(detail)s). "
            "The store's operator records one."
        ),
        Why.FORM_EXPIRED: gettext(
            "The tax form has run out (%(detail)s). A new one is needed; sales go on earning."
        ),
        Why.THRESHOLD: gettext("It is less than the threshold of %(detail)s, and is carried."),
    }
    return sentences[Why(why)] % said


# What the app says to payees: here for the catalogs, and translated where it is shown.
SAID_BY_THE_APP = (
    _("This IBAN is not right: look at each digit again. Its check digits find a slip."),
    _("This looks like an IBAN: choose that, so that it is checked."),
    _("Say how your bank calls the account, and which bank it is."),
    _("Say in which country the holder lives."),
    _("Write the holder's name in letters that banks read, such as Latin ones."),
    _("The payee's bank details changed after it was proposed."),
    _("Less is due than was proposed: sales were refunded since."),
    _("An operator took it back."),
)
