"""How much a form of the studio takes."""

from pennywhistle.kernel.money import MICRO

# Below Django's DATA_UPLOAD_MAX_NUMBER_FILES, which answers with a bare 400.
UPLOAD_FILES_MAX = 400
# A price above this is a slip of the finger.
PRICE_MICRO_MAX = 10_000 * MICRO
PAYEES_MAX = 20
# Empty lines of a split that a form offers besides the filled ones.
PAYEE_LINES_SPARE = 3
DELIVERIES_SHOWN_MAX = 20
STATEMENT_ITEMS_ON_TILL = 12
NOTICE_DAYS_MAX = 3_650
# Lines of some 5,000 codes, with what else a table has.
PASTED_CHARACTERS_MAX = 500_000
LISTS_SHOWN_MAX = 200
USAGE_ROWS_SHOWN = 200
DISTRIBUTION_LINES_SHOWN = 500
# Of a release message: its sales, stops and findings, each.
MESSAGE_ROWS_SHOWN_MAX = 200
SIBLINGS_SHOWN_MAX = 20
HOOK_CALLS_SHOWN_MAX = 20
KEYS_SHOWN_MAX = 50
PROPOSALS_SHOWN_MAX = 50
# A tariff's least for one track; more is a slip of the finger.
TARIFF_MINIMUM_MICRO_MAX = 100_000_000

# Rows of each table of a statement's page; the CSV has all.
STATEMENT_ROWS_MAX = 100
