"""A person at work, by chance: files come, change, go and swap; up, down, redo, accept, mark, and deaths in between.

A model knows what the directory holds, what history must hold, and what may be refused. After each step history,
ledger and catalog are what the model says. `make test-faults` works on for longer.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.faults.conftest import LONG
from tests.faults.strikes import in_a_child
from tests.support.project import Project

from rowkeep.config import Settings
from rowkeep.domain.history.history_edit import HistoryAction, HistoryRequest
from rowkeep.domain.history.ledger import RunMetadata
from rowkeep.domain.plan import Action
from rowkeep.errors import Refused
from rowkeep.workflows.edit_history import edit_history

if TYPE_CHECKING:
    from rowkeep.database.connection.session import Session

pytestmark = [pytest.mark.server, pytest.mark.faults]

EXAMPLES, STEPS = (150, 60) if LONG else (10, 18)
NUMBERS = st.integers(1, 12)
MOMENTS = range(36)
"""Before and after each order and at each event of a run over three migrations there are more; later is not at all."""
PICK = st.integers(0, 1000)
SEEN: Counter[str] = Counter()
"""What happened: a machine that never dies or never is refused would prove nothing."""


class Work(RuleBasedStateMachine):
    """The model: files by name with the edition of their text; history in its order; editions that were accepted."""

    conninfo = ""

    def __init__(self) -> None:
        super().__init__()
        self._home = tempfile.TemporaryDirectory(prefix="rk-machine-")
        root = Path(self._home.name)
        (root / "migrations").mkdir()
        self.project = Project(root, self.conninfo, Settings(migrations_dir=str(root / "migrations")))
        for command in ("DROP SCHEMA IF EXISTS rowkeep, public CASCADE", "CREATE SCHEMA public"):
            self.project.sql(command)
        self.project.develop()
        self.files: dict[str, int] = {}
        self.alone: set[str] = set()
        self.history: list[str] = []
        self.known: dict[str, int | None] = {}
        """What the ledger holds of each row of history: the edition of the text; None: its absence is accepted."""
        self.tables: set[str] = set()
        """Migrations whose table is there."""

    def teardown(self) -> None:
        self._home.cleanup()

    # Files -------------------------------------------------------------------------------------------------------

    def write(self, name: str, edition: int) -> None:
        """A table of the migration's own, and outside a transaction an index on it."""
        index = f"CREATE INDEX CONCURRENTLY i{name} ON t{name} (id);" if name in self.alone else ""
        up = f"CREATE TABLE t{name} (id int, edition int DEFAULT {edition});\n{index}"
        self.project.write(name, up, f"DROP TABLE t{name};")
        self.files[name] = edition

    @initialize(moment=st.sampled_from(MOMENTS), alone=st.booleans())
    def begin(self, moment: int, alone: bool) -> None:
        """Every story begins with a death."""
        self.create(4, not alone)
        self.crash(moment, 2, alone)

    @rule(number=NUMBERS, alone=st.booleans())
    def create_one(self, number: int, alone: bool) -> None:
        self.create(number, alone)

    def create(self, number: int, alone: bool) -> None:
        name = f"{number}_m"
        if name in self.files or name in self.history:
            return
        (self.alone.add if alone else self.alone.discard)(name)
        self.write(name, 1)

    @precondition(lambda self: self.files)
    @rule(pick=PICK)
    def edit(self, pick: int) -> None:
        name = picked(sorted(self.files), pick)
        self.write(name, self.files[name] + 1)

    @precondition(lambda self: self.files)
    @rule(pick=PICK)
    def comment(self, pick: int) -> None:
        path = self.project.migrations / f"{picked(sorted(self.files), pick)}.sql"
        path.write_text(path.read_text().replace("-- Up Migration\n", "-- Up Migration\n-- a word\n", 1))

    @precondition(lambda self: self.files)
    @rule(pick=PICK)
    def delete(self, pick: int) -> None:
        name = picked(sorted(self.files), pick)
        (self.project.migrations / f"{name}.sql").unlink()
        del self.files[name]

    @precondition(lambda self: [name for name in self.files if name not in self.history])
    @rule(pick=PICK, number=NUMBERS)
    def reorder(self, pick: int, number: int) -> None:
        """A pending migration gets another number."""
        old, new = picked(sorted(name for name in self.files if name not in self.history), pick), f"{number}_m"
        if new in self.files or new in self.history:
            return
        (self.alone.add if old in self.alone else self.alone.discard)(new)
        self.write(new, self.files.pop(old))
        (self.project.migrations / f"{old}.sql").unlink()

    # What the model foresees -------------------------------------------------------------------------------------

    def order(self) -> list[str]:
        return sorted(self.files, key=lambda name: int(name.partition("_")[0]))

    def pending(self) -> list[str]:
        return [name for name in self.order() if name not in self.history]

    def edited(self) -> list[str]:
        return [name for name in self.history if name in self.files and self.known[name] != self.files[name]]

    def gone(self) -> list[str]:
        return [name for name in self.history if name not in self.files and self.known[name] is not None]

    def late(self) -> list[str]:
        order = self.order()
        last = max((order.index(name) for name in self.history if name in self.files), default=-1)
        return [name for name in self.pending() if order.index(name) < last]

    def stops_up(self, chosen: list[str]) -> bool:
        return bool(self.edited() or self.gone() or set(self.late()) & set(chosen))

    def applied(self, names: list[str]) -> None:
        for name in names:
            self.history.append(name)
            self.known[name] = self.files[name]
            self.tables.add(name)

    # What is typed -----------------------------------------------------------------------------------------------

    def ask(self, allowed: bool, action: Action, **request: Any) -> bool:
        """Run it; it must go through, or be refused, as the model says."""
        SEEN[f"{action.value} {'done' if allowed else 'refused'}"] += 1
        if allowed:
            self.project.run(action, **request)
        else:
            with pytest.raises(Refused):
                self.project.run(action, **request)
        return allowed

    @rule(count=st.one_of(st.none(), st.integers(0, 3)))
    def up(self, count: int | None) -> None:
        chosen = self.pending()[:count]
        if self.ask(not self.stops_up(chosen), Action.UP, count=count):
            self.applied(chosen)

    @precondition(lambda self: self.late())
    @rule()
    def up_out_of_order(self) -> None:
        chosen = self.pending()
        allowed = not (self.edited() or self.gone())
        if self.ask(allowed, Action.UP, out_of_order=frozenset(self.late())):
            self.applied(chosen)

    @rule(count=st.integers(0, 3), redo=st.booleans())
    def down(self, count: int, redo: bool) -> None:
        chosen = self.history[::-1][:count]
        allowed = not any(name in self.edited() or name not in self.files for name in chosen)
        if not self.ask(allowed, Action.REDO if redo else Action.DOWN, count=count):
            return
        for name in chosen:
            self.history.remove(name)
            self.tables.discard(name)
        if redo:
            self.applied(sorted(chosen, key=self.order().index))

    @precondition(lambda self: self.edited() or self.gone())
    @rule(pick=PICK)
    def accept(self, pick: int) -> None:
        self.accept_one(picked(sorted({*self.edited(), *self.gone()}), pick))

    def accept_one(self, name: str) -> None:
        self.settle(HistoryAction.ACCEPT, name)
        self.known[name] = self.files.get(name)

    @precondition(lambda self: self.pending() and self.pending()[-1] not in self.late())
    @rule()
    def mark_applied(self) -> None:
        """The newest was made by hand: it is the last in history whatever else is there."""
        name = self.pending()[-1]
        self.project.sql(f"CREATE TABLE t{name} (id int)")
        self.tables.add(name)
        self.settle(HistoryAction.APPLIED, name)
        self.history.append(name)
        self.known[name] = self.files[name]

    @precondition(lambda self: self.history)
    @rule(pick=PICK)
    def mark_unapplied(self, pick: int) -> None:
        """Somebody undid it by hand."""
        name = picked(self.history, pick)
        self.project.sql(f"DROP TABLE t{name}")
        self.tables.discard(name)
        self.settle(HistoryAction.UNAPPLIED, name)
        self.history.remove(name)

    def settle(self, matter: HistoryAction, name: str) -> None:
        SEEN[matter.value] += 1
        project = self.project
        request = HistoryRequest(matter, (name,), "a test")
        edit_history(project.settings, project.conninfo, request, lambda: RunMetadata("test"), project.events.append)

    @rule(moment=st.sampled_from(MOMENTS), count=st.integers(1, 3), alone=st.booleans())
    def crash(self, moment: int, count: int, alone: bool) -> None:
        """New files, and `up` is killed at a moment, and run again: everything is there once."""
        highest = max((int(name.partition("_")[0]) for name in (*self.files, *self.history)), default=0)
        for number in range(highest + 1, highest + 1 + count):
            self.create(number, alone)
        for name in sorted({*self.edited(), *self.gone()}):
            self.accept_one(name)
        chosen = self.pending()
        if self.stops_up(chosen):
            return
        in_a_child(self.project, moment, kill)
        held = self.project.names()
        assert held[: len(self.history)] == self.history
        new = held[len(self.history) :]
        assert new == chosen[: len(new)], "history is a beginning of the plan"
        SEEN["killed, nothing done" if not new else "killed in between" if new != chosen else "killed, all done"] += 1
        self.project.run()
        self.applied(chosen)

    # What must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def history_and_catalog_are_the_models(self) -> None:
        tables = r"SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relname ~ '^t[0-9]+_m$'"
        with self.project.one_session():
            assert self.project.names() == self.history
            assert set(self.project.sql(tables)) == {f"t{name}" for name in self.tables}
            assert self.project.sql("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [0]

    @invariant()
    def the_survey_is_the_models(self) -> None:
        survey = self.project.survey()
        assert [item.name for item in survey.pending] == self.pending()
        assert {item.name for item in survey.changed} == set(self.edited())
        assert [item.name for item in survey.applied] == self.history
        assert survey.state.checkpoints == ()


def picked(names: list[str], pick: int) -> str:
    return names[pick % len(names)]


def kill(_: Session) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.majors(18)
def test_whatever_is_typed(database: str) -> None:
    Work.conninfo = database
    run_state_machine_as_test(
        Work,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not LONG,
            database=None,
            print_blob=True,
            phases=(Phase.generate, Phase.shrink) if LONG else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    wanted = {"up done", "up refused", "down done", "redo done", *(("down refused", "redo refused") if LONG else ())}
    wanted |= {"killed, nothing done", "killed in between", "killed, all done"}
    wanted |= {matter.value for matter in (HistoryAction.ACCEPT, HistoryAction.APPLIED, HistoryAction.UNAPPLIED)}
    assert set(SEEN) >= wanted, SEEN
