"""Reads what a throw-away server recorded about its isolation before PostgreSQL started."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from rowkeep.domain.deploy.containment import Containment

FILE = "contained"


def read_containment(directory: Path) -> Containment:
    """What is blocked for the server in `directory`; nothing if it did not try."""
    try:
        words = set((directory / FILE).read_text(encoding="ascii").split())
    except OSError:
        return Containment()
    return Containment(**{field.name: field.name in words for field in fields(Containment)})
