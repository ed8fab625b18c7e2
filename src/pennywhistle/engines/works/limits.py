"""How much of a works file is read: beyond each of these it is refused, not followed."""

# The widest record of CWR has 663 columns, of up to four bytes each in UTF-8.
LINE_BYTES_MAX = 4096
# A symphony with every sub-publisher of the world has a few hundred.
RECORDS_OF_TRANSACTION_MAX = 5_000
# TIS has fewer numbers than CWR has digits for a territory's place.
TERRITORIES_OF_PARTY_MAX = 999
FINDINGS_MAX = 200
NOT_KEPT_MAX = 2_000
VALUE_CHARACTERS_MAX = 200

CSV_CHARACTERS_MAX = 50_000_000
CSV_ROWS_MAX = 200_000
CSV_CELL_CHARACTERS_MAX = 1_000
CSV_SHARES_OF_RIGHT_MAX = 100
# Different lists of owners that one right of one work may have over territories and time.
CSV_DIVISIONS_MAX = 200
