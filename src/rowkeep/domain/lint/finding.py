"""Violations that rules report, findings that the analysis makes of them, and the result of lint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.migration import Direction
from rowkeep.domain.schema.live_facts import Impact
from rowkeep.domain.source import Place, Source, Span

if TYPE_CHECKING:
    from rowkeep.domain.lint.fix_result import FixResult


class Category(Enum):
    """What a rule protects. The value is the name of the group."""

    DATA = "data"
    """Rows, columns or objects can be lost."""
    LOCK = "lock"
    """Locks can stall the application."""
    COMPATIBILITY = "compatibility"
    """The running application can break during a rolling deploy."""
    REPEAT = "repeat"
    """The migration cannot be run again after it stopped half-way."""
    SECURITY = "security"
    """Rights are widened."""
    TRANSACTION = "transaction"
    """The guarantees of the runner about transactions and history do not hold."""
    STYLE = "style"
    """A matter of taste; off by default."""


class Severity(Enum):
    """How serious a finding is. Only an ERROR makes lint fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    OFF = "off"

    @property
    def weight(self) -> int:
        """3 for ERROR to 0 for OFF."""
        return 3 - list(Severity).index(self)

    @property
    def softer(self) -> Severity:
        """The next lower severity; a NOTE stays one."""
        return {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.NOTE}.get(self, self)


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Characters of the file to replace (an empty span: to insert) with `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Violation:
    """What a rule reports.

    span: the words to point at. message: one sentence with the user's names in it: what happens. hint: the SQL to
    write instead, one step a line, or a `Sentence` (`hint.py`). doubtful: it depends on facts that the text does
    not show, so its severity is one lower. faint: a NOTE at most. edits: a fix that can be applied automatically.
    wants_index: a table (schema and name) and columns of it: there is no violation if a later migration of the
    directory creates an index that begins with them.
    """

    span: Span
    message: str
    hint: str = ""
    doubtful: bool = False
    edits: tuple[TextEdit, ...] = ()
    faint: bool = False
    wants_index: tuple[tuple[str, str], frozenset[str]] | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """A comment that allows rules: `-- rowkeep: allow drop-table because …`. span: of the comment."""

    rules: tuple[str, ...]
    reason: str
    source: Source
    span: Span


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation with everything a report shows.

    rule, code: of the rule. via: how the code is reached if it is not in the statement itself (`in function
    purge()`, with its place). allowed: the comment that allows it; such a finding does not count. statement:
    the characters of the statement; None if the finding is about the file. fix: edits of the file that remove the
    finding and add none; empty if that takes a person or another file. live: the size of its table on the server,
    which is part of the message. wants_index: see Violation. lost: the names to accept, where accepting what it says
    is lost answers it.
    """

    rule: str
    code: str
    category: Category
    severity: Severity
    migration: str
    direction: Direction
    source: Source
    span: Span
    message: str
    hint: str = ""
    via: tuple[tuple[str, Place], ...] = ()
    edits: tuple[TextEdit, ...] = ()
    allowed: Suppression | None = None
    statement: Span | None = None
    fix: tuple[TextEdit, ...] = ()
    live: Impact | None = None
    wants_index: tuple[tuple[str, str], frozenset[str]] | None = None
    lost: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Line and column of the first character."""
        return self.source.place(self.span.start)


@dataclass(frozen=True, slots=True)
class WithdrawnFinding:
    """A finding that a server has disproved, and what it showed (`PostgreSQL 17 ran it and rewrote no table`)."""

    finding: Finding
    because: str


@dataclass(frozen=True, slots=True)
class InspectedDatabase:
    """The database that lint took into account. tables: how many of its tables the migrations mention.

    unseen: in words, what the role could not read; lint treats it as unknown.
    """

    name: str
    major: int
    tables: int
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LintResult:
    """All findings, in the order of the migrations and of their text. analyzed: how many migrations were analyzed.

    known: how many findings are left out because the baseline contains them. withdrawn: disproved by a server.
    unread: SQL files in the folders of the directory that its layout does not read, so that no finding covers them.
    database: the one whose live facts were used, None without one. fix: what was rewritten, None without a fix.
    """

    findings: tuple[Finding, ...]
    analyzed: int
    known: int = 0
    withdrawn: tuple[WithdrawnFinding, ...] = ()
    unread: tuple[str, ...] = ()
    database: InspectedDatabase | None = None
    fix: FixResult | None = None

    @property
    def counting(self) -> tuple[Finding, ...]:
        """The findings that no comment allows."""
        return tuple(finding for finding in self.findings if finding.allowed is None)

    @property
    def allowed(self) -> tuple[Finding, ...]:
        """The findings that a comment allows, with its reason."""
        return tuple(finding for finding in self.findings if finding.allowed is not None)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity that no comment allows."""
        return tuple(finding for finding in self.counting if finding.severity is severity)

    def refuses(self, at: Severity = Severity.ERROR) -> bool:
        """Whether a finding has at least the severity `at`."""
        return any(finding.severity.weight >= at.weight for finding in self.counting)
