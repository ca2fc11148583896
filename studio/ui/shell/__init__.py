"""The frame around every tab: top and last line, catalog, tabs."""
