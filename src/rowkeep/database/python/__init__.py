"""Calls migrations in Python; the API that they get."""
