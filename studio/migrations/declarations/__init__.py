"""Where a project's schema files say a table, a column or an index, line by line."""
