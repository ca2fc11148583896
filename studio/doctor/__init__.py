"""What is wrong in a database, found without a screen (README.md beside this file)."""
