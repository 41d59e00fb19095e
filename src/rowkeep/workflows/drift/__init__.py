"""Writes migrations from the difference between two structures: `drift` and `create --to`."""
