"""How much a delivery may hold; going over any of these refuses it with a sentence."""

FILES_MAX = 2_000
FOLDER_DEPTH_MAX = 6
DELIVERY_BYTES_MAX = 200_000_000_000
TRACKS_PER_RELEASE_MAX = 500
PATH_CHARS_MAX = 1_000
CREDITS_FILE_BYTES_MAX = 2_000_000
CREDITS_STANZAS_MAX = 5_000
# Files decoded at the same time; each has its own process.
CHECKS_AT_ONCE = 2
