"""A loaded machine is slow, not wrong: properties have no deadline here."""

from hypothesis import settings

settings.register_profile("sqltext", deadline=None)
settings.load_profile("sqltext")
