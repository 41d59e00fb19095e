"""What a migration would be in safe steps."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class SafeStatement:
    """A statement of a safer form that the migration does not hold as it is. outside: no transaction can hold it."""

    text: str
    outside: bool


@dataclass(frozen=True, slots=True)
class SafeFile:
    """A file of the safer form. statements: the new ones. unchanged: how many others it has."""

    path: str
    text: str
    statements: tuple[SafeStatement, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class SafeForm:
    """The safer form of one migration. answers: the rules whose findings go with it."""

    path: str
    answers: tuple[str, ...]
    files: tuple[SafeFile, ...]
