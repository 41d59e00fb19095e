"""Runs the statements of the application beside a migration, on a copy."""
