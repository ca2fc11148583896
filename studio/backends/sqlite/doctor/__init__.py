"""What can be wrong in a file: one family of checks a module (studio/doctor/README.md)."""
