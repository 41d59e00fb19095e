"""Lint for a process that lives, such as an editor."""
