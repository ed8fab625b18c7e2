"""How much of a works file is held at once, and how much of it a report tells."""

# One transaction each. A portion holds a lock for every work in it.
WORKS_OF_PORTION = 500
# A table is read as a whole; CWR is not.
CSV_BYTES_MAX = 50_000_000
READ_BYTES = 1 << 18

ERRORS_TOLD_MAX = 200
WARNINGS_TOLD_MAX = 200
NOT_KEPT_TOLD_MAX = 100

NAME_CHARACTERS_MAX = 300
TITLE_CHARACTERS_MAX = 500
NUMBER_CHARACTERS_MAX = 100
# Of what a file says of a supplier's recordings, what it is told by mail; the rest is counted.
NEWS_LINES_MAX = 20
