"""Works, recordings, releases and tracks."""
