"""What givers and recipients do, and the notes of the clock that sends the mails."""

from pennywhistle.apps.gifts.actions.giving import Asked, Note, To, give, take_back, take_back_all
from pennywhistle.apps.gifts.actions.redeeming import Recipient, redeem
from pennywhistle.apps.gifts.actions.sending import (
    leave_out_unwanted,
    note_failed,
    note_sent,
    renew_secret,
    want_no_gifts,
)

__all__ = [
    "Asked",
    "Note",
    "Recipient",
    "To",
    "give",
    "leave_out_unwanted",
    "note_failed",
    "note_sent",
    "redeem",
    "renew_secret",
    "take_back",
    "take_back_all",
    "want_no_gifts",
]
