"""What the sessions of a PostgreSQL do: one question a file, and what its answers mean."""
