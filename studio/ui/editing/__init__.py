"""From a cell to a staged change, its review, and what was applied."""
