"""The WAL page: commits in the write-ahead log beside a SQLite file, and the rows of each."""
