"""Statements to operations; one file per family of statements."""
