"""Bounds of what payees and operators may say, and of what is read at once."""

from datetime import timedelta

# A change of bank details waits so long before money goes there; its people hear of it at once.
DETAILS_WAIT = timedelta(hours=72)
HOLDER_LENGTH_MAX = 70
ACCOUNT_LENGTH_MAX = 300
REASON_LENGTH_MAX = 500
REFERENCE_LENGTH_MAX = 140
SOURCE_LENGTH_MAX = 300
# A rate of exchange that is older says nothing about today.
RATE_DAYS_MAX = 7
# The largest threshold that a payee may set, in units of the currency: money is not left lying.
THRESHOLD_UNITS_MAX = 1_000
LETTERS_READ_AT_ONCE = 50
LETTERS_TRIED_FOR = timedelta(days=7)
PAYOUTS_SHOWN_MAX = 200
