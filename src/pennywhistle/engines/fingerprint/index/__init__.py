"""The index of fingerprints on disk: a log, and segments that are merged as they become many."""
