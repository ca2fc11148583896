"""From the command to the first rows."""
