"""Statements → the database, under guards, and back again."""
