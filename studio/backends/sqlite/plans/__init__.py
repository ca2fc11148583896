"""SQLite's query plans: what each loop reads, what stands out, and what would help."""
