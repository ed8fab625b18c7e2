"""What counts as a conflict, and how much is looked at, kept and waited for at most."""

# A sample or a drum loop that both licensed is no conflict: as much must sound the same, or half
# of one of the two.
HOLDS_FROM_S = 10.0
HOLDS_FROM_SHARE = 0.5
# Two files of one supplier are proposed as one recording if nearly all of both is the same.
SAME_FROM_SHARE = 0.9
# One's own earlier recording explains a match if it sounds in as much of the same stretch.
EXPLAINS_FROM_SHARE = 0.9
# So many of one's own that are alike are tried, the earliest first.
EXPLANATIONS_MAX = 100

# Asked for at first, then twice as many while all of them are copies: a hit is on many records.
CANDIDATES_FIRST = 40
CANDIDATES_MAX = 1_280
# All that hold are kept; so many are shown.
MATCHES_SHOWN_MAX = 10
# Suppliers from whom a catalog came through others' hands.
TRANSFERS_FOLLOWED_MAX = 8

# Another process has the index: wait so long, then come back later.
TURN_WAIT_S = 30.0
TURN_POLL_S = 0.05
# Whoever has many files to compare lets others in after so long.
TURNS_FOR_S = 1.0
# So many are compared before a turn, and looked up in it.
FORESEEN_MAX = 20
# So many missing fingerprints are put in at once, by whoever finds them missing: some seconds.
FILLED_AT_ONCE_MAX = 2_000
FILL_BATCH = 500

STATEMENT_LENGTH_MAX = 2_000
ROWS_PER_PAGE = 50
LETTERS_READ_AT_ONCE = 200
LETTERS_TRIED_FOR_DAYS = 7
PASSAGE_MS_MAX = 20_000
ANSWERS_MAX = 50
