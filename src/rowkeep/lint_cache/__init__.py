"""Keeps the answers of lint in the user's cache directory. Imports nothing that is slow to import."""
