"""Vim's keys over a text: no screen, no widget."""
