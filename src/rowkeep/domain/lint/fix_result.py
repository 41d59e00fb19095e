"""What `lint --fix` would write, or has written."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file with its new text. old: the present text, '' where the file is new."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FixResult:
    """The files that a fix changes. answered: how many findings are fixed.

    applied: names of migrations that were left alone because they are applied. refused: paths of migrations that could
    not be fixed completely, each with the reason.
    """

    files: tuple[ChangedFile, ...]
    answered: int
    applied: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
