"""The query tab: its text, its runs, its results."""
