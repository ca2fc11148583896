"""The first rows of a database, read by a process apart while the screen is still imported."""
