"""How many, how long, and from how many buyers on: the numbers of docs/algorithms/charts.md."""

from __future__ import annotations

from datetime import timedelta

# Fewer different buyers make no place in a chart, and no chart.
buyers_min = 3
places_max = 100
places_on_home = 6
# Two releases are shown as bought together only where so many people bought both.
buyers_of_both_min = 5
others_max = 12
# Of each buyer, at most so many releases count for what is bought together: the latest.
releases_per_buyer_max = 100
together_looks_back = timedelta(days=365)
# Purchases are kept for this long, and the log of sales is never older here.
purchases_kept_for = timedelta(days=400)
# A price of a hundredth of the currency's unit, or of less than half of what is asked, says
# little about what people like.
price_micro_beyond = 10_000
asked_part_min = 2  # one half

batch_entries_max = 1_000
batches_per_run_max = 200
removed_per_run_max = 50_000
slices = 16

seeds_max = 20
suggestions_max = 6
artists_per_suggestion_max = 40
around_max = 6
releases_of_an_artist_looked_at_max = 500

labels_per_page = 100
letters_max = 3_000
labels_per_write = 2_000

picks_max = 60
picks_on_home = 6
note_length_max = 600
