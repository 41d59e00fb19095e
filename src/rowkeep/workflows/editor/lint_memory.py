"""What lint remembers from one request to the next: the files, and the analyses of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rowkeep.analysis.remembered import RememberedAnalysis
from rowkeep.domain.frozen import replace
from rowkeep.files.directory_memory import DirectoryMemory

if TYPE_CHECKING:
    from rowkeep.analysis import LintOptions
    from rowkeep.domain.lint.finding import LintResult
    from rowkeep.domain.migration import Migration, Remark

MOST = 4
"""Analyses that are remembered: of different directories, or with different options."""


class LintMemory:
    """What `lint` remembers from one request to the next. For one thread at a time."""

    def __init__(self) -> None:
        self.files = DirectoryMemory()
        self._analyses: dict[tuple[object, ...], RememberedAnalysis] = {}

    def analyze(
        self, path: str, migrations: Sequence[Migration], options: LintOptions, remarks: Sequence[Remark]
    ) -> LintResult | None:
        """The result of `analyze` for a directory; None where it depends on more than files and options."""
        if options.live is not None:
            return None
        key = (
            path,
            tuple(options.select),
            tuple(options.ignore),
            tuple(sorted(options.severity.items())),
            options.major,
            options.small_bytes,
        )
        # The one that was asked last comes last.
        analysis = self._analyses.pop(key, None) or RememberedAnalysis(replace(options, only=None))
        while len(self._analyses) >= MOST:
            del self._analyses[next(iter(self._analyses))]
        self._analyses[key] = analysis
        only = None if options.only is None else frozenset(options.only)
        return analysis.result(migrations, only, remarks)
