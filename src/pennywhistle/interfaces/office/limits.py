"""How much a form or a page of the office takes."""

from datetime import timedelta

from pennywhistle.kernel.money import MICRO

# An amount above this is a slip of the finger.
AMOUNT_MICRO_MAX = 1_000_000 * MICRO
NOTICE_DAYS_MAX = 3_650
DUE_DAYS_MAX = 730
SHARE_LINES_MAX = 40
# Empty lines of shares or works that a form offers besides the filled ones.
LINES_SPARE = 4
WORK_LINES_MAX = 40
DOCUMENTS_SHOWN_MAX = 100
BANDS_MAX = 20
# What ends within this time is shown on the desk.
SOON = timedelta(days=60)
WAITING_DETAILS_MAX = 5
# The last quarter, to the day.
LAST_QUARTER = timedelta(days=92)
WHAT_IF_ITEMS_SHOWN = 40
WHAT_IF_BARS = 12
MAILBOXES_PER_PAGE = 50
PARCELS_SHOWN_MAX = 30
HELD_PER_PAGE = 25
REFUNDS_SHOWN_MAX = 50
