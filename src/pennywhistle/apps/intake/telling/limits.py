"""How often, how long and how much is told."""

from datetime import timedelta

HOOKS_PER_SUPPLIER_MAX = 5
URL_LENGTH_MAX = 500
# One call, all in all; and one of its steps.
CALL_SECONDS_MAX = 10
STEP_SECONDS_MAX = 5
# A hook's turn in the queue: other jobs wait meanwhile.
TURN_SECONDS_MAX = 30
CALLS_PER_TURN_MAX = 200
# What is not told within a day is given up; it stays in the mailbox.
CALL_LIFE = timedelta(days=1)
CALL_CLAIM = timedelta(minutes=2)
# After each failure in a row; the last one again and again, until the hook is switched off.
PATIENCE = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60))
# With that patience: more than a day.
FAILURES_MAX = 30
NEWS_PER_LOOK_MAX = 500
LOG_KEPT = timedelta(days=30)
CALLS_SHOWN_MAX = 20
FEED_ENTRIES_MAX = 50
ROWS_PER_PAGE = 50
ALERTS_SHOWN_MAX = 20
SEARCH_LENGTH_MAX = 200
# Of each party, the newest messages and deliveries that are read for a part of a text.
SEARCHED_MAX = 20_000
# What became no message.
INCOMPLETE_SHOWN_MAX = 100
REFUSED_SHOWN_MAX = 50
REFUSED_SHOWN_DAYS = 30
