"""Compares a database with what it should be, and runs the project's own checks."""
