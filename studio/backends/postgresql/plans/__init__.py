"""PostgreSQL's plans: where the time of each node went, what stands out, and what would help."""
