"""Formats that are no text: one module each, as in `formats`; of one answer, in a file."""
