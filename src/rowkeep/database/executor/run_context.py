"""What a run holds in its hand while it obeys orders: the session, the rules, and whom to tell."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from rowkeep.database.connection import advisory
from rowkeep.database.connection.advisory import may_lock
from rowkeep.database.connection.own_settings import SEARCH_PATH, array
from rowkeep.database.connection.pipeline import GOOD, PipelineAnswer, PipelineCommand, run_pipeline
from rowkeep.database.connection.session import Session
from rowkeep.database.connection.session_policy import SessionPolicy
from rowkeep.database.connection.signals import SignalHandler
from rowkeep.database.executor.blockers import BlockerWatch
from rowkeep.database.queries import compose_query, load_query
from rowkeep.database.store import own_tables
from rowkeep.domain.event import Emit
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.lint.lock import LockTiming
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Plan, Step, TransactionMode
from rowkeep.plan.survey import section_checksum

if TYPE_CHECKING:
    from rowkeep.programs.node_pg_migrate import NodePgMigrate

BEGIN = PipelineCommand(b"BEGIN READ WRITE")
"""Our record goes into it: text of a migration that no transaction holds may have made reading the default."""
COMMIT = PipelineCommand(b"COMMIT")
ROLLBACK = PipelineCommand(b"ROLLBACK")
OWN_PATH_LOCAL = f"SET LOCAL search_path = {SEARCH_PATH}".encode()
RESET = (
    PipelineCommand(b"RESET SESSION AUTHORIZATION"),
    PipelineCommand(b"RESET ROLE"),
    PipelineCommand(b"RESET ALL"),
    PipelineCommand(f"SET search_path = {SEARCH_PATH}".encode()),
)
"""All of them are commands that look nothing up: the next one finds its operators in pg_catalog alone."""
DISCARD = (
    PipelineCommand(b"CLOSE ALL"),
    PipelineCommand(b"UNLISTEN *"),
    PipelineCommand(b"DISCARD TEMP"),
    PipelineCommand(b"DEALLOCATE ALL"),
)


@dataclass(slots=True)
class TransactionScript:
    """The commands of a transaction, and what each of them is. pieces: statement by command; ends: step by command.

    guards: the statement to blame by command that fails where the encoding was changed. put_back: commands that tell
    whether the session still holds something.
    """

    commands: list[PipelineCommand] = field(default_factory=list)
    pieces: dict[int, tuple[Step, int, int]] = field(default_factory=dict)
    ends: dict[int, Step] = field(default_factory=dict)
    guards: dict[int, int] = field(default_factory=dict)
    put_back: set[int] = field(default_factory=set)


class RunContext:
    """One run. run: its id in the ledger; told: the last ALONE migration of which was told that it begins.

    prepared: scripts made ahead, while the server worked, by their first migration and its direction. made: names of
    tables that this run creates. locks: what stopped others so far, by migration and table. old_tool: what HANDED
    steps are handed to. left: the session still holds something that a migration has made for it. unlocked: a
    migration has released the run lock, and another run has it. recorded: steps that the server told to be committed,
    by name and direction.
    """

    def __init__(
        self,
        session: Session,
        plan: Plan,
        rules: SessionPolicy,
        run_metadata: RunMetadata,
        interrupts: SignalHandler,
        emit: Emit,
        old_tool: NodePgMigrate | None = None,
    ) -> None:
        self.session = session
        self.plan = plan
        self.rules = rules
        self.run_metadata = run_metadata
        self.interrupts = interrupts
        self.emit = emit
        self.old_tool = old_tool
        self.watch = BlockerWatch(session, emit)
        self.run = str(uuid.uuid4())
        self.told = ""
        self.prepared: dict[tuple[str, str], TransactionScript] = {}
        self.made: set[str] = set()
        self.locks: dict[tuple[str, str], LockTiming] = {}
        self.left = False
        self.unlocked = False
        self.recorded: list[tuple[str, str]] = []

    @cached_property
    def search_path(self) -> str:
        """The schemas of the migrations, as `search_path` takes them."""
        return self.rules.search_path(self.session)

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

    def unit_after(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The unit that comes next, if it is a transaction too."""
        following = self._following.get((steps[0].name, steps[0].direction), ())
        return following if following and following[0].mode is TransactionMode.TOGETHER else ()

    @cached_property
    def _following(self) -> dict[tuple[str, Direction], tuple[Step, ...]]:
        return {(before[0].name, before[0].direction): after for before, after in pairwise(self.plan.units)}

    def settings(self, lock_timeout_ms: int, *, path: bool = True) -> PipelineCommand:
        """What a transaction of ours begins with. path: with the schemas of the migrations as search_path."""
        return PipelineCommand(
            load_query("session.begin_transaction"),
            (
                self.search_path.encode() if path else None,
                b"%dms" % lock_timeout_ms,
                b"%dms" % self.rules.statement_timeout_ms,
            ),
            prepared=True,
        )

    def forms(self) -> list[PipelineCommand]:
        """What the text of a transaction's migration finds as role and database have it; mostly nothing."""
        forms = self.session.own.forms
        values = (array(forms).encode(), array(forms.values()).encode())
        return [PipelineCommand(load_query("session.set_local"), values, prepared=True)] if forms else []

    def begin_text(self) -> None:
        """Text of a migration that no transaction holds begins: it finds the schemas of migrations, and forms as
        role and database have them. From here on what it sets stays set, to the end of the migration.

        Our own questions set our settings for their own transaction meanwhile. Raises psycopg.Error.
        """
        own = self.session.own
        if own.foreign:
            return
        settings = {"search_path": self.search_path, **own.forms}
        values = {"names": list(settings), "values": list(settings.values()), "local": False}
        own.foreign = True
        self.session.connection.execute(load_query("session.set_settings"), values)

    def path(self) -> list[str]:
        """The schemas in which the text of a migration finds a bare name at this moment. Raises psycopg.Error."""
        if not self.session.own.foreign:
            return [*self.rules.schemas, "pg_catalog"]
        row = self.session.connection.execute(load_query("session.current_schemas")).fetchone()
        assert row is not None  # a function without a set returns one row
        return list(row[0])

    def settle_apart(self, lock_timeout_ms: int = 0, statement_timeout_ms: int = 0) -> None:
        """How long a statement outside a transaction may wait and work; 0 is no limit. Raises psycopg.Error."""
        self.begin_text()
        values = {"lock_timeout": f"{lock_timeout_ms}ms", "statement_timeout": f"{statement_timeout_ms}ms"}
        self.session.connection.execute(load_query("session.set_timeouts"), values)

    def own_locally(self) -> list[PipelineCommand]:
        """Our own role and settings until the end of the transaction: for a mark between two statements."""
        ours = self.session.own.ours
        values = (array(ours).encode(), array(ours.values()).encode())
        return [
            *(PipelineCommand(text) for text in self.session.local_role()),
            PipelineCommand(OWN_PATH_LOCAL),
            PipelineCommand(load_query("session.set_local"), values, prepared=True),
        ]

    def put_back(self) -> list[PipelineCommand]:
        """What ends everything that a migration has set; the last command tells what the session still holds."""
        again = self.session.own.again
        values = (array(again).encode(), array(again.values()).encode())
        return [*RESET, PipelineCommand(load_query("session.restore_settings"), values, prepared=True)]

    def ended(self) -> None:
        """The text of a migration that no transaction holds has ended: the session is ours again."""
        if not self.session.own.foreign:
            return
        heard = self.speak(self.put_back())
        if all(item.result is not None and item.result.status in GOOD for item in heard):
            self.session.own.foreign = False
            self.holds(heard[-1])

    def holds(self, heard: PipelineAnswer) -> None:
        """Take in what `session.restore_settings` tells."""
        if heard.result is not None and heard.result.get_value(0, 1) == b"t":
            self.left = True

    def clear(self, steps: tuple[Step, ...]) -> None:
        """End what the session still holds of these steps: temporary objects, cursors, what was prepared, locks.

        Raises ConnectionLost. What cannot be ended ends with the session.
        """
        if self.left:
            self.left = False
            self.speak([*DISCARD])
            self.session.prepared.clear()
        if any(may_lock(step) for step in steps):
            advisory.release(self, steps[-1].name)

    def guard(self) -> list[PipelineCommand]:
        """What stands before a write to our tables that belong to a role we do not trust; mostly nothing."""
        history = (self.plan.history.schema, self.plan.history.table)
        written = (history, *(own_tables.WRITTEN if self.plan.ledger else ()))
        return [PipelineCommand(text, values) for text, values in own_tables.guard_commands(self.session, written)]

    def record(self, step: Step, seconds: float | None = None) -> PipelineCommand:
        """The row of history and the entry of the ledger for `step`. seconds: None = since the transaction began."""
        floor = self.plan.floor.isoformat(" ").encode() if self.plan.floor else None
        up = step.direction is Direction.UP
        name = step.name.encode()
        if not self.plan.ledger:
            return PipelineCommand(self._records[step.direction], (name, floor) if up else (name,), prepared=True)
        known = section_checksum(step.text, step.migration.language)
        common = (
            self.run.encode(),
            self.plan.history.key.encode(),
            name,
            known.raw.encode(),
            known.token.encode(),
            step.text.encode(),
        )
        took = None if seconds is None else repr(seconds).encode()
        return PipelineCommand(
            self._records[step.direction], (*common, floor, took) if up else (*common, took), prepared=True
        )

    def speak(
        self, commands: list[PipelineCommand], quiet: Callable[[PipelineAnswer], None] | None = None
    ) -> list[PipelineAnswer]:
        """Have a short conversation, and return its answers. Raises ConnectionLost."""
        heard = []
        for answer in run_pipeline(self.session, commands, self.interrupts):
            if answer.result is not None:
                heard.append(answer)
            elif quiet is not None:
                quiet(answer)
        return heard
