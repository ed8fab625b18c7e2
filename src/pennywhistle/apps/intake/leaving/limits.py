"""How much is held, and laid into one batch, at a time."""

# Releases that are read and written together: what bounds the memory.
RELEASES_AT_ONCE = 50
# Other stores take a thousand messages and twenty thousand files in a batch, this one does too.
RELEASES_PER_BATCH = 500
FILES_PER_BATCH = 15_000
FILE_STEM_CHARS_MAX = 60
