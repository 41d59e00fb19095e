"""Reads and writes files safely, even planted ones: regular files inside the project only."""
