"""The page of the sessions of a server."""
