"""Migrations in Python, parsed and never run: the SQL that their functions send, if it is constant."""
