"""Lint in a process that lives, for an editor: it remembers, so that one changed file is answered at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from rowkeep.analysis.remembered import RememberedAnalysis
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.files.directory_memory import DirectoryMemory
from rowkeep.workflows.lint import LintObserver, LintRequest, lint

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from rowkeep.analysis import LintOptions
    from rowkeep.config import Settings
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


class Linter:
    """Lints the files of a project as often as an editor asks. Threads may share it; they wait for each other.

    The results are those of `Project.lint`: every file is read again each time, and what a change can influence is
    analyzed again. It remembers the migrations, their parsed statements and the schema between them.
    """

    def __init__(self, settings: Settings, root: Path, observer: LintObserver) -> None:
        self._settings = settings
        self._root = root
        self._observer = observer
        self._memory = LintMemory()
        self._lock = Lock()

    def lint(
        self,
        paths: Collection[str | os.PathLike[str]] = (),
        *,
        text: str | None = None,
        select: Collection[str] = (),
        ignore: Collection[str] = (),
        major: int | None = None,
        with_edits: bool = False,
    ) -> LintResult:
        """All findings in `paths` (default: all migrations). The arguments are those of `Project.lint`.

        text: what is in the editor and not yet saved, in place of the content of the file; `paths` is then that one
        file. with_edits: add to each finding the edits that fix it; this is slower, and remembers only the files.

        Raises Misused where there is nothing to lint.
        """
        names = (paths,) if isinstance(paths, str | Path) else tuple(paths)
        places = tuple((self._root / path).as_posix() for path in names)
        if text is not None and len(places) != 1:
            raise Misused("name the one file whose text this is", code=ErrorCode.INVALID_USAGE)
        request = LintRequest(
            self._settings,
            paths=places if text is None else (),
            text=None if text is None else (places[0], text.encode("utf-8", "surrogatepass")),
            select=_sorted(select),
            ignore=_sorted(ignore),
            major=major,
            with_edits=with_edits,
        )
        with self._lock:
            return lint(request, self._observer, self._memory)


def _sorted(names: Collection[str]) -> tuple[str, ...]:
    """A single text is one name, not a collection of letters."""
    return (names,) if isinstance(names, str) else tuple(sorted(names))
