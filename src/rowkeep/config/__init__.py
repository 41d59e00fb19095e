"""Flags > environment > file > `.env` > defaults, resolved into one frozen Settings.

Reads no file and no environment itself.
"""

from __future__ import annotations

from rowkeep.config.resolve import resolve_settings
from rowkeep.config.settings import Settings

__all__ = ["Settings", "resolve_settings"]
