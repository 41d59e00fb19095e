"""Lint in a process that lives, for an editor: it remembers, so that one changed file is answered at once."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import Misused
from rowkeep.workflows.editor.lint_memory import LintMemory
from rowkeep.workflows.lint import LintObserver, LintRequest, lint

if TYPE_CHECKING:
    import os

    from rowkeep.config import Settings
    from rowkeep.domain.lint.finding import LintResult


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
            select=_sort_names(select),
            ignore=_sort_names(ignore),
            major=major,
            with_edits=with_edits,
        )
        with self._lock:
            return lint(request, self._observer, self._memory)


def _sort_names(names: Collection[str]) -> tuple[str, ...]:
    """A single text is one name, not a collection of letters."""
    return (names,) if isinstance(names, str) else tuple(sorted(names))
