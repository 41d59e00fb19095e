"""Reads what is in the database: objects, structure, rows, roles, health."""
