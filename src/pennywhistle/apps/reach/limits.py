"""Named bounds of what the world is told."""

# The protocol's own: 50,000 addresses a site map, 50,000 site maps an index (sitemaps.org).
ADDRESSES_PER_SITEMAP_MAX = 50_000
SITEMAPS_MAX = 50_000
# Rows in memory at once, of site maps and of dumps.
ADDRESSES_PER_BATCH = 5_000
RELEASES_PER_BATCH = 500

FEED_ENTRIES_MAX = 50
LISTED_MAX = 100
# Releases, to find those that are sold in one place.
LOOKED_AT_MAX = 2_000
LISTED_USUAL = 25
EMBEDDED_TRACKS_MAX = 200
TRACKS_MAX = 1_000
CREDITS_MAX = 400
ARTISTS_MAX = 200
GENRES_MAX = 1_000

MINUTE_S = 60
# Of a minute that is over, a count is kept for so many more.
MINUTES_KEPT = 2
