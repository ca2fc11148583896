"""Reading a stranger's project: files, settings and addresses, nothing run."""
