"""What is offered where, from what is in memory: README.md beside this file."""
