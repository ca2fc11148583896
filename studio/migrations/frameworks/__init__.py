"""One file per migration tool."""
