"""How much a statement shows and hands out at once."""

LINES_PER_PAGE = 50
LATEST_SALES_MAX = 50
CSV_ROWS_PER_FETCH = 2_000
# A custom period; longer ones are asked for in parts.
PERIOD_DAYS_MAX = 3_660
