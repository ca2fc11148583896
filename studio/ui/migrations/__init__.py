"""The migrations board and the pages beside it."""
