"""Changes → statements in an order that can run, and the text to read them by."""
