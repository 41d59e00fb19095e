"""Settings with a time unit (manual, 20.1.1)."""

from __future__ import annotations

from rowkeep.domain.late_regex import compile_later

_UNITS = {"us": 0.001, "": 1, "ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_WRITTEN = compile_later(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(us|ms|s|min|h|d|)\s*")


def parse_milliseconds(value: str) -> int | None:
    """Milliseconds of a timeout such as `'2s'` or `500`; None if it is not a duration."""
    match = _WRITTEN.fullmatch(value)
    return round(float(match[1]) * _UNITS[match[2]]) if match is not None else None
