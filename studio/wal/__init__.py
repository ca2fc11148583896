"""SQLite files as bytes: the database header, -wal, -shm and the locks, without SQLite.

Nothing here may run in a process that holds an SQLite connection to the same files: closing any
descriptor drops every POSIX lock the process holds on them. Run `python -m studio.wal` instead.
"""
