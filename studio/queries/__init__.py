"""Statements run: reads behind the read-only walls, writes asked about or allowed beforehand."""
