"""This process: how it is told to end, and how it ends."""
