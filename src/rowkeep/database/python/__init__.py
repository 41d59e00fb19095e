"""Calls Python migrations, and is the API that they are given."""
