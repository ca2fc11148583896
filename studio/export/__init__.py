"""Rows written out: one file a format, the same bytes from the command and from the screen."""
