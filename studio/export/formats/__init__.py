"""One module a format, called as `--format` calls it; each has a class `Writer`."""
