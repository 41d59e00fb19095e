"""Findings, fixes and rule pages as text and JSON."""
