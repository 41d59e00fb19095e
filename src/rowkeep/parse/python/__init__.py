"""Migrations in Python, read and never run: the SQL that their functions send, as far as constants go."""
