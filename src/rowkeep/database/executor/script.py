"""The commands of a transaction, in the order in which they are sent."""

from __future__ import annotations

from typing import Protocol

from psycopg.pq.abc import PGresult

from rowkeep.database.connection.own_settings import SEARCH_PATH
from rowkeep.database.connection.pipeline import PipelineCommand
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.instruction import LossesRefused, ServerError
from rowkeep.domain.plan import Step

BEGIN = PipelineCommand(b"BEGIN READ WRITE")
"""READ WRITE, because a statement outside a transaction may have made read-only transactions the default."""
COMMIT = PipelineCommand(b"COMMIT")
ROLLBACK = PipelineCommand(b"ROLLBACK")
SET_OWN_SEARCH_PATH = PipelineCommand(f"SET LOCAL search_path = {SEARCH_PATH}".encode())
RESET = (
    PipelineCommand(b"RESET SESSION AUTHORIZATION"),
    PipelineCommand(b"RESET ROLE"),
    PipelineCommand(b"RESET ALL"),
    PipelineCommand(f"SET search_path = {SEARCH_PATH}".encode()),
)
"""None of them looks a name up. After them, operators are found in pg_catalog only."""
FIRE_DEFERRED = PipelineCommand(b"SET CONSTRAINTS ALL IMMEDIATE")
"""Deferred triggers and constraints run now, under the settings of the migration."""
DISCARD = (
    PipelineCommand(b"CLOSE ALL"),
    PipelineCommand(b"UNLISTEN *"),
    PipelineCommand(b"DISCARD TEMP"),
    PipelineCommand(b"DEALLOCATE ALL"),
)

StatementPlace = tuple[Step, int, int]
"""A statement: its step, its index in the step, and its index in the transaction group."""


@dataclass(slots=True)
class GuardOutcome:
    """What the guard decided. error: why nothing was committed. is_alone: there is no second session, so try again."""

    refused: LossesRefused | None = None
    error: ServerError | None = None
    is_alone: bool = False


class CommitGuard(Protocol):
    """Compares what a transaction has changed, and commits it or rolls it back."""

    def begin(self) -> None:
        """An attempt begins."""

    def first_commands(self) -> list[PipelineCommand]:
        """What is read right after BEGIN."""

    def last_commands(self) -> list[PipelineCommand]:
        """What is read when nothing but COMMIT is left to do."""

    def note_answer(self, command: PipelineCommand, result: PGresult | None) -> None:
        """Keep the answer, where `command` is the guard's."""

    def finish(self) -> GuardOutcome:
        """Compare, and commit or roll back. Raises ConnectionLost."""


@dataclass(slots=True)
class TransactionScript:
    """The commands of a transaction, and what some of them are, by their number.

    statements: commands that are statements of a migration. records: commands that record a step. encoding_checks:
    commands that fail when the encoding was changed, with the statement to blame. deferred_checks: commands that run
    the deferred triggers and constraints of a step, with the number of its first statement in the group. restores:
    commands whose answer says whether the session still holds temporary objects. created: commands whose answer names
    the new tables. guard: compares what there is, and commits; then the script has no COMMIT.
    """

    commands: list[PipelineCommand] = field(default_factory=list)
    statements: dict[int, StatementPlace] = field(default_factory=dict)
    records: dict[int, Step] = field(default_factory=dict)
    encoding_checks: dict[int, int] = field(default_factory=dict)
    deferred_checks: dict[int, tuple[Step, int]] = field(default_factory=dict)
    restores: set[int] = field(default_factory=set)
    created: set[int] = field(default_factory=set)
    guard: CommitGuard | None = None
