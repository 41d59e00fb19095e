"""Turns values into text: terminal output, JSON, HTML. Functions return strings; only the CLI prints."""
