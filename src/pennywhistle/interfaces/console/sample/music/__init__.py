"""The eight records: harmony, melody and form of every piece."""
