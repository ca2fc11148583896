"""The terminal itself: what comes from its keyboard, before Textual reads any of it."""
