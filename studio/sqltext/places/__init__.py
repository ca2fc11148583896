"""The place of a cursor in a statement: what stands around it, and what may stand there."""
