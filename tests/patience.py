"""How long tests wait for what must happen. Nobody waits that long on an idle machine."""

PATIENCE_S = 120.0
"""Longer than the busiest machine needs, shorter than the limit of a whole test (`timeout` in pyproject.toml)."""
