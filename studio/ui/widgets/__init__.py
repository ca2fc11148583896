"""Widgets: they receive nouns through methods and speak through messages."""
