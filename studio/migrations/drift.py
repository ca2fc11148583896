"""Drift."""
def drift_of(status, reader):
    return (), ()
