"""Reads and writes files that somebody else may have planted: regular files only, inside the project only."""
