"""Lint."""
def hazards_of(status, reader):
    return ()
