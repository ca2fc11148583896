"""One whole value, to read or to copy."""
