"""What a throw-away server wrote down about the ways out of it, just before PostgreSQL started there."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from rowkeep.domain.deploy.containment import Containment

FILE = "contained"


def read_containment(directory: Path) -> Containment:
    """What is closed to the server in `directory`; nothing where it did not try."""
    try:
        words = set((directory / FILE).read_text(encoding="ascii").split())
    except OSError:
        return Containment()
    return Containment(**{field.name: field.name in words for field in fields(Containment)})
