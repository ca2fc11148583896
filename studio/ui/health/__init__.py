"""What is wrong in the database, as a page."""
