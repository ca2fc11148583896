"""A relation's tab: its rows, records, relations and structure."""
