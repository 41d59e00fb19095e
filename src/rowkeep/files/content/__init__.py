"""The text of one migration: tokens, markers, directives, sections, includes."""
