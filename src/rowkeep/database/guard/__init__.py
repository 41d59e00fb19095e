"""Compares what a migration changes with what there was before, and decides whether it may stay."""
