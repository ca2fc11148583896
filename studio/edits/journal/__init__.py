"""Change sets on disk and as JSON."""
