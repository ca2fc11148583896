"""Where the database is not what its migrations declare."""
