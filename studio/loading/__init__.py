"""Rows out of files into a table."""
