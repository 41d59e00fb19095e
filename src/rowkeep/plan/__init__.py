"""Decides what a run will do: which migrations, in which order and transactions. Reads nothing, runs nothing."""
