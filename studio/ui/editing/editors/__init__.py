"""Editors of one cell, by family of types. `opened.editor_for` chooses."""
