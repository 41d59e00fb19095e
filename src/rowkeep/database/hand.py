"""What a run holds in its hand while it obeys orders: the session, the rules, and whom to tell."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from rowkeep.database.interrupts import Interrupts
from rowkeep.database.manners import Manners
from rowkeep.database.pipeline import Command, Heard, converse
from rowkeep.database.session import Session, composed, question
from rowkeep.database.watch import Watch
from rowkeep.domain.event import Tell
from rowkeep.domain.ledger import Circumstances
from rowkeep.domain.lock import Held
from rowkeep.domain.migration import Direction
from rowkeep.domain.plan import Mode, Plan, Step
from rowkeep.plan.survey import checksum

if TYPE_CHECKING:
    from rowkeep.programs.old_tool import OldTool

BEGIN = Command(b"BEGIN")
COMMIT = Command(b"COMMIT")
ROLLBACK = Command(b"ROLLBACK")


@dataclass(slots=True)
class Script:
    """The commands of a transaction, and what each of them is. pieces: statement by command; ends: step by command."""

    commands: list[Command] = field(default_factory=list)
    pieces: dict[int, tuple[Step, int, int]] = field(default_factory=dict)
    ends: dict[int, Step] = field(default_factory=dict)


class Hand:
    """One run. run: its id in the ledger; told: the last ALONE migration of which was told that it begins.

    prepared: scripts made ahead, while the server worked, by their first migration and its direction. made: names of
    tables that this run creates. locks: what stopped others so far, by migration and table. old_tool: what HANDED
    steps are handed to.
    """

    def __init__(
        self,
        session: Session,
        plan: Plan,
        rules: Manners,
        circumstances: Circumstances,
        interrupts: Interrupts,
        tell: Tell,
        old_tool: OldTool | None = None,
    ) -> None:
        self.session = session
        self.plan = plan
        self.rules = rules
        self.circumstances = circumstances
        self.interrupts = interrupts
        self.tell = tell
        self.old_tool = old_tool
        self.watch = Watch(session, tell)
        self.run = str(uuid.uuid4())
        self.told = ""
        self.prepared: dict[tuple[str, str], Script] = {}
        self.made: set[str] = set()
        self.locks: dict[tuple[str, str], Held] = {}

    @cached_property
    def search_path(self) -> str:
        """The schemas of the migrations, as `search_path` takes them."""
        return self.rules.search_path(self.session)

    @cached_property
    def _records(self) -> dict[Direction, bytes]:
        history = (self.plan.history.schema, self.plan.history.table)
        kind = "" if self.plan.ledger else "_bare"
        return {
            direction: composed(f"record_{direction.value}{kind}", history=history).as_bytes(self.session.connection)
            for direction in Direction
        }

    def unit_after(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """The unit that comes next, if it is a transaction too."""
        following = self._following.get((steps[0].name, steps[0].direction), ())
        return following if following and following[0].mode is Mode.TOGETHER else ()

    @cached_property
    def _following(self) -> dict[tuple[str, Direction], tuple[Step, ...]]:
        return {(before[0].name, before[0].direction): after for before, after in pairwise(self.plan.units)}

    def settings(self, lock_timeout_ms: int) -> Command:
        """What a transaction of ours begins with."""
        return Command(
            question("settings_transaction"),
            (
                self.search_path.encode(),
                b"%dms" % lock_timeout_ms,
                b"%dms" % self.rules.statement_timeout_ms,
            ),
            prepared=True,
        )

    def settle_apart(self, lock_timeout_ms: int = 0, statement_timeout_ms: int = 0) -> None:
        """How the session behaves outside a transaction; 0 is no limit. Raises psycopg.Error."""
        values = {"lock_timeout": f"{lock_timeout_ms}ms", "statement_timeout": f"{statement_timeout_ms}ms"}
        self.session.ask("settings_alone", {"search_path": self.search_path, **values})

    def record(self, step: Step, seconds: float | None = None) -> Command:
        """The row of history and the entry of the ledger for `step`. seconds: None = since the transaction began."""
        floor = self.plan.floor.isoformat(" ").encode() if self.plan.floor else None
        up = step.direction is Direction.UP
        name = step.name.encode()
        if not self.plan.ledger:
            return Command(self._records[step.direction], (name, floor) if up else (name,), prepared=True)
        known = checksum(step.text, step.migration.language)
        common = (
            self.run.encode(),
            self.plan.history.key.encode(),
            name,
            known.raw.encode(),
            known.token.encode(),
            step.text.encode(),
        )
        took = None if seconds is None else repr(seconds).encode()
        return Command(self._records[step.direction], (*common, floor, took) if up else (*common, took), prepared=True)

    def speak(self, commands: list[Command], quiet: Callable[[Heard], None] | None = None) -> list[Heard]:
        """Have a short conversation, and return its answers. Raises ConnectionLost."""
        heard = []
        for answer in converse(self.session, commands, self.interrupts):
            if answer.result is not None:
                heard.append(answer)
            elif quiet is not None:
                quiet(answer)
        return heard
