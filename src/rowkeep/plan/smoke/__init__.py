"""Finds smoke queries in files and migrations, and says what is none."""
