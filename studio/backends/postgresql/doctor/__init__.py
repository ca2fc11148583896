"""What can be wrong in a database: one query a check, and its words (studio/doctor/README.md)."""
