"""What a server does now, and who waits for whom: screenless."""
