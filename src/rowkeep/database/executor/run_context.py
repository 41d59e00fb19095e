"""The context of a run: the session, its policy, what is known so far, and where events go."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from psycopg.pq import TransactionStatus

from rowkeep.database.connection.own_settings import array
from rowkeep.database.connection.pipeline import GOOD, PipelineAnswer, PipelineCommand, run_pipeline
from rowkeep.database.connection.session import Session
from rowkeep.database.connection.session_policy import SessionPolicy
from rowkeep.database.connection.signals import SignalHandler
from rowkeep.database.executor.blockers import BlockerWatch
from rowkeep.database.executor.script import RESET, ROLLBACK, SET_OWN_SEARCH_PATH, TransactionScript
from rowkeep.database.queries import compose_query, load_query
from rowkeep.database.store import own_tables
from rowkeep.domain.deploy.loss import Loss
from rowkeep.domain.event import Emit
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Plan, Step, TransactionMode
from rowkeep.plan.survey import section_checksum

if TYPE_CHECKING:
    from rowkeep.programs.node_pg_migrate import NodePgMigrate


class RunContext:
    """One run.

    run: its id in the ledger. announced: the last step without a transaction that was announced. scripts: built ahead
    while the server worked, by their first migration and its direction. created_tables: names of the tables that this
    run creates. locks: what blocked others so far, by migration and table. old_tool: runs the steps that are
    node-pg-migrate's. has_leftovers: the session still holds something that a migration created for it. lost_run_lock:
    a migration released the run lock, and another run has it. recorded: the steps that were committed, as far as the
    server said, by name and direction. new_tables: the tables that committed steps of this run have created, by oid.

    For the guard: counted_tables: of which the session may still count changed rows of earlier transactions;
    counts_unknown: of any table. guard_alone: there is no second session. guard_losses: what was lost so far.
    """

    def __init__(
        self,
        session: Session,
        plan: Plan,
        policy: SessionPolicy,
        run_metadata: RunMetadata,
        interrupts: SignalHandler,
        emit: Emit,
        old_tool: NodePgMigrate | None = None,
    ) -> None:
        self.session = session
        self.plan = plan
        self.policy = policy
        self.run_metadata = run_metadata
        self.interrupts = interrupts
        self.emit = emit
        self.old_tool = old_tool
        self.watch = BlockerWatch(session, emit)
        self.run = str(uuid.uuid4())
        self.announced = ""
        self.scripts: dict[tuple[str, str], TransactionScript] = {}
        self.created_tables: set[str] = set()
        self.locks: dict[tuple[str, str], LockTiming] = {}
        self.has_leftovers = False
        self.lost_run_lock = False
        self.recorded: list[tuple[str, str]] = []
        self.new_tables: set[int] = set()
        self.counted_tables: set[int] = set()
        self.counts_unknown = False
        self.guard_alone = False
        self.guard_losses: tuple[Loss, ...] = ()
        self._restored: Mapping[str, str] | None = None
        self._restore: list[PipelineCommand] = []

    @cached_property
    def search_path(self) -> str:
        """The schemas of the migrations, as `search_path` takes them."""
        return self.policy.search_path(self.session)

    @cached_property
    def _records(self) -> dict[Direction, bytes]:
        history = (self.plan.history.schema, self.plan.history.table)
        kind = "" if self.plan.ledger else "_without_ledger"
        return {
            direction: compose_query(f"history.record_{direction.value}{kind}", history=history).as_bytes(
                self.session.connection
            )
            for direction in Direction
        }

    def group_after(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The next transaction group, if it is a transaction too."""
        following = self._following.get((steps[0].name, steps[0].direction), ())
        return following if following and following[0].mode is TransactionMode.TOGETHER else ()

    @cached_property
    def _following(self) -> dict[tuple[str, Direction], tuple[Step, ...]]:
        return {(before[0].name, before[0].direction): after for before, after in pairwise(self.plan.units)}

    def commands_to_prepare(self) -> list[bytes]:
        """The commands that every transaction of this run sends; none if no step is a transaction."""
        if not any(unit[0].mode is TransactionMode.TOGETHER for unit in self.plan.units):
            return []
        directions = dict.fromkeys(step.direction for step in self.plan.steps)
        records = [self._records[direction] for direction in directions]
        return [load_query("session.begin_transaction"), load_query("session.restore_settings"), *records]

    def begin_command(self, lock_timeout_ms: int, *, path: bool = True) -> PipelineCommand:
        """The settings at the beginning of a transaction. path: with the schemas of the migrations as search_path."""
        return PipelineCommand(
            load_query("session.begin_transaction"),
            (
                self.search_path.encode() if path else None,
                b"%dms" % lock_timeout_ms,
                b"%dms" % self.policy.statement_timeout_ms,
            ),
            prepared=True,
        )

    def value_form_commands(self) -> list[PipelineCommand]:
        """Set the forms of values (DateStyle and the like) as role and database have them; mostly nothing to do."""
        forms = self.session.own.forms
        return [_set_local(forms)] if forms else []

    def begin_migration_settings(self) -> None:
        """Statements of a migration that run outside a transaction follow: set search_path and the forms of values.

        What the statements set stays set until the migration ends. Our own queries meanwhile set our own settings for
        their transaction. Raises psycopg.Error.
        """
        own = self.session.own
        if own.foreign:
            return
        settings = {"search_path": self.search_path, **own.forms}
        values = {"names": list(settings), "values": list(settings.values()), "local": False}
        own.foreign = True
        self.session.connection.execute(load_query("session.set_settings"), values)

    def end_migration_settings(self) -> None:
        """The statements of a migration outside a transaction are over: set our own settings again."""
        if not self.session.own.foreign:
            return
        answers = self.send(self.restore_commands())
        if all(answer.result is not None and answer.result.status in GOOD for answer in answers):
            self.session.own.foreign = False
            self.note_leftovers(answers[-1])

    def query_schemas(self) -> list[str]:
        """The schemas in which a migration's unqualified name is looked up now. Raises psycopg.Error."""
        if not self.session.own.foreign:
            return [*self.policy.schemas, "pg_catalog"]
        row = self.session.connection.execute(load_query("session.current_schemas")).fetchone()
        assert row is not None  # a function that is not set-returning gives one row
        return list(row[0])

    def set_timeouts(self, lock_timeout_ms: int = 0, statement_timeout_ms: int = 0) -> None:
        """How long a statement outside a transaction may wait and work; 0 is no limit. Raises psycopg.Error."""
        self.begin_migration_settings()
        values = {"lock_timeout": f"{lock_timeout_ms}ms", "statement_timeout": f"{statement_timeout_ms}ms"}
        self.session.connection.execute(load_query("session.set_timeouts"), values)

    def own_settings_commands(self) -> list[PipelineCommand]:
        """Set our own role and settings until the end of the transaction: for a mark between two statements."""
        return [
            *(PipelineCommand(text) for text in self.session.local_role()),
            SET_OWN_SEARCH_PATH,
            _set_local(self.session.own.ours),
        ]

    def restore_commands(self) -> list[PipelineCommand]:
        """Undo every setting of a migration. The last answer says whether the session still holds something."""
        again = self.session.own.again
        if self._restored != again:
            values = (array(again).encode(), array(again.values()).encode())
            self._restored = again
            self._restore = [*RESET, PipelineCommand(load_query("session.restore_settings"), values, prepared=True)]
        return [*self._restore]

    def note_leftovers(self, answer: PipelineAnswer) -> None:
        """Note the answer of `session.restore_settings`: whether the session still holds something."""
        if answer.result is not None and answer.result.get_value(0, 1) == b"t":
            self.has_leftovers = True

    def note_created(self, answer: PipelineAnswer) -> None:
        """Note the answer of `guard.created_tables`. A number of a transaction that is rolled back is never used."""
        if answer.result is not None:
            rows = range(answer.result.ntuples)
            self.new_tables |= {int(answer.result.get_value(row, 0) or b"0") for row in rows}

    def own_table_checks(self) -> list[PipelineCommand]:
        """Lock and check our tables before a write, if they belong to a role that is not trusted; mostly nothing."""
        history = (self.plan.history.schema, self.plan.history.table)
        written = (history, *(own_tables.WRITTEN if self.plan.ledger else ()))
        commands = self.session.own_tables.check_commands(self.session.connection, written)
        return [PipelineCommand(text, values) for text, values in commands]

    def record_command(self, step: Step, seconds: float | None = None) -> PipelineCommand:
        """Write the row of history and the ledger entry of `step`. seconds: None = since the transaction began."""
        floor = self.plan.floor.isoformat(" ").encode() if self.plan.floor else None
        up = step.direction is Direction.UP
        name = step.name.encode()
        if not self.plan.ledger:
            return PipelineCommand(self._records[step.direction], (name, floor) if up else (name,), prepared=True)
        checksum = section_checksum(step.text, step.migration.language)
        common = (
            self.run.encode(),
            self.plan.history.key.encode(),
            name,
            checksum.raw.encode(),
            checksum.token.encode(),
            step.text.encode(),
        )
        took = None if seconds is None else repr(seconds).encode()
        return PipelineCommand(
            self._records[step.direction], (*common, floor, took) if up else (*common, took), prepared=True
        )

    def send(
        self, commands: list[PipelineCommand], on_wait: Callable[[PipelineAnswer], None] | None = None
    ) -> list[PipelineAnswer]:
        """Send a few commands and return their answers. on_wait: called while none comes. Raises ConnectionLost."""
        answers = []
        for answer in run_pipeline(self.session, commands, self.interrupts):
            if answer.result is not None:
                answers.append(answer)
            elif on_wait is not None:
                on_wait(answer)
        return answers

    def roll_back(self) -> None:
        """End the transaction, unless it has ended already: a COMMIT that fails ends it. Raises ConnectionLost."""
        connection = self.session.connection
        if not connection.closed and connection.pgconn.transaction_status != TransactionStatus.IDLE:
            self.send([ROLLBACK])


def _set_local(settings: Mapping[str, str]) -> PipelineCommand:
    values = (array(settings).encode(), array(settings.values()).encode())
    return PipelineCommand(load_query("session.set_local"), values, prepared=True)
