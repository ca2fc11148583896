"""What a project says its schema is: snapshots, schema files, or its migrations replayed."""
