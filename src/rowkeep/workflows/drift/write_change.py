"""Writes the migration that leads from one structure to another, and proves it on clones of the first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rowkeep import files, structure
from rowkeep.config import Settings
from rowkeep.database.catalog.state import read_state
from rowkeep.database.executor.run_plan import execute_plan
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.structure_change import WrittenMigration
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Event
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.migration import Directory, Migration
from rowkeep.domain.plan import Action, Request
from rowkeep.domain.schema.structure import DifferenceKind
from rowkeep.errors import Misused, Refused, RowkeepError
from rowkeep.files.content.migration_text import frame_migration
from rowkeep.files.filesystem.write import write_new
from rowkeep.files.new_migration import name_migration_file
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.parse import parse_section
from rowkeep.plan.plan import make_plan
from rowkeep.plan.survey import make_survey
from rowkeep.structure.sql import ChangePlan, plan_changes
from rowkeep.workflows.drift.compose_migration import compose_part, creates_sql_function
from rowkeep.workflows.drift.structure_side import (
    CompareRules,
    StructureSide,
    clone_side,
    read_database,
    refuse_unequal,
)
from rowkeep.workflows.lint_selections import lint_options
from rowkeep.workflows.open_run import open_run
from rowkeep.workflows.rewriter import Rewriter
from rowkeep.workflows.stage import run_stage

SUPERUSER = "postgres"
NOT_ALLOWED = "42501"
"""insufficient_privilege"""


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """words: the name of the migration. header: lines that say where it comes from. allow_drops: write statements
    with which rows or values may go. repeatable: write it so that it may run again. renames: SQL that comes first, and
    the SQL that takes it back. superuser: what the role may not run is run as a superuser; not for a file, whose
    functions would run with those rights.
    """

    words: tuple[str, ...]
    header: tuple[str, ...]
    allow_drops: bool = False
    repeatable: bool = False
    superuser: bool = False
    renames: tuple[tuple[str, str], ...] = ()


def write_change(
    old: StructureSide,
    new: StructureSide,
    request: ChangeRequest,
    rules: CompareRules,
    settings: Settings,
    emit: Emit,
) -> WrittenMigration | None:
    """Write the migration that makes `old` equal to `new`; None where they are equal.

    Nothing is written that was not run: up on a clone of `old`, until it equals `new`, and down until it equals `old`.
    Raises Refused, with what is left, where that cannot be reached; Misused where no file can be written.
    """
    return _ChangeWriter(old, new, request, rules, settings, emit).write()


class _ChangeWriter:
    def __init__(
        self,
        old: StructureSide,
        new: StructureSide,
        request: ChangeRequest,
        rules: CompareRules,
        settings: Settings,
        emit: Emit,
    ) -> None:
        self.old, self.new, self.request, self.rules = old, new, request, rules
        self.settings, self.emit = settings, emit
        self.user = old.owner
        self.notes: list[str] = []
        self.first: StructureSide = old
        self.unchecked = False
        wanted = {identity for kind, identity in new.graph.objects if kind == "extension"}
        self.hidden = old.hidden - wanted

    def write(self) -> WrittenMigration | None:
        """See `write_change`."""
        path = name_migration_file(self.settings.migrations_dir, self.request.words, layout=self.settings.layout)
        directory = files.read(self.settings)
        renames = "".join(f"{up};\n" for up, _ in self.request.renames)
        if renames:
            self.first = self._rename(path, directory, renames)
        up = self._plan(self.first, self.new)
        if not up.changes and not renames:
            return None
        with run_stage(self.emit, "prove", "Proving the migration on clones of the structure") as note:
            try:
                migrations, count, drops = self._prove(path, directory, up, renames)
            except Refused:
                if self.unchecked or not creates_sql_function(up.changes):
                    raise
                # A body may use what is created after it.
                self.unchecked = True
                migrations, count, drops = self._prove(path, directory, up, renames)
            repeatable = self._try_again(directory, migrations)
            note.summary = f"{count_text(count, 'statement')} up, and the way back"
        paths = self._write_files(migrations)
        return WrittenMigration(paths, count, drops, repeatable, tuple(dict.fromkeys(self.notes)))

    def _prove(
        self, path: str, directory: Directory, up: ChangePlan, renames: str
    ) -> tuple[tuple[Migration, ...], int, tuple[str, ...]]:
        """The proven files, how many statements the up part has, and the drops that are commented out."""
        text, count, drops = self._compose(up, allow_drops=self.request.allow_drops)
        text = renames + text
        reached = self._reach(path, directory, up, text, drops)
        down, _, _ = self._compose(self._plan(reached, self.first), allow_drops=True)
        down += "".join(f"{undo};\n" for _, undo in reversed(self.request.renames))
        migrations = self._find_proven(path, directory, text, down, reached)
        return migrations, count + len(self.request.renames), drops

    def _compose(self, plan: ChangePlan, *, allow_drops: bool) -> tuple[str, int, tuple[str, ...]]:
        return compose_part(
            plan.changes, allow_drops=allow_drops, repeatable=self.request.repeatable, unchecked=self.unchecked
        )

    def _plan(self, old: StructureSide, new: StructureSide) -> ChangePlan:
        plan = plan_changes(old.graph, new.graph, owner=quote_name(self.user), major=old.major)
        if plan.unwritten:
            why = [f"{kind} {identity}: {why}" for kind, identity, why in plan.unwritten]
            raise refuse_unequal("no SQL is written for some of the differences", (), why)
        return plan

    def _rename(self, path: str, directory: Directory, renames: str) -> StructureSide:
        dbname = self._run(path, directory, self._read(path, directory, renames, None), Action.UP)
        return read_database(self.old.conninfo, dbname, self.old.owner, self.old.name, self.rules, self.hidden)

    def _reach(
        self, path: str, directory: Directory, up: ChangePlan, text: str, drops: Sequence[str]
    ) -> StructureSide:
        """The structure that the up part leads to; it equals `new`, apart from drops that are commented out."""
        if drops:
            whole, _, _ = self._compose(up, allow_drops=True)
            renames = "".join(f"{rename};\n" for rename, _ in self.request.renames)
            self._require_equal(self._run_up(path, directory, renames + whole), self.new, "with its drops")
        reached = self._run_up(path, directory, text)
        if not drops:
            self._require_equal(reached, self.new, "the migration")
            return reached
        left = structure.compare_structures(self.new.structure, reached.structure)
        other = [difference for difference in left if difference.change is not DifferenceKind.UNEXPECTED]
        if other:
            raise refuse_unequal("without its drops the migration does not lead to the structure", other, ())
        return reached

    def _run_up(self, path: str, directory: Directory, text: str) -> StructureSide:
        if not text.strip():
            return self.first
        dbname = self._run(path, directory, self._read(path, directory, text, None), Action.UP)
        return read_database(self.old.conninfo, dbname, self.old.owner, self.old.name, self.rules, self.hidden)

    def _require_equal(self, found: StructureSide, wanted: StructureSide, what: str) -> None:
        left = structure.compare_structures(wanted.structure, found.structure)
        if left:
            raise refuse_unequal(f"{what} does not lead to the structure", left, ())

    def _find_proven(
        self, path: str, directory: Directory, text: str, down: str, reached: StructureSide
    ) -> tuple[Migration, ...]:
        """The files that were run up and down: in safe steps where that works, else as planned."""
        plain = self._read(path, directory, text, down)
        safe = self._rewrite(directory, plain[0])
        for migrations in (safe, plain) if safe != plain else (plain,):
            try:
                dbname = self._run(path, directory, migrations, Action.UP)
                self._require_equal(self._side(dbname), reached, "the migration in safe steps")
                self._run(path, directory, migrations, Action.DOWN, dbname)
                self._require_equal(self._side(dbname), self.old, "the way back")
            except RowkeepError as error:
                if migrations is plain:
                    raise
                self.notes.append(f"not in safe steps, which were tried and failed: {error.what}")
                continue
            return migrations
        raise AssertionError("the plain migration is returned or refused")

    def _side(self, dbname: str) -> StructureSide:
        return read_database(self.old.conninfo, dbname, self.old.owner, self.old.name, self.rules, self.hidden)

    def _rewrite(self, directory: Directory, migration: Migration) -> tuple[Migration, ...]:
        rewriter = Rewriter(
            lint_options(self.settings, major=self.old.major), self.settings.rules_per_file_ignores, retires=False
        )
        for earlier in directory.migrations:
            rewriter.read(earlier)
        return rewriter.rewrite_fully(migration).migrations

    def _read(self, path: str, directory: Directory, up: str, down: str | None) -> tuple[Migration, ...]:
        """The migration of this text, as the directory will read it. Raises Refused where it reads it otherwise."""
        header = "".join(f"-- {line}\n" for line in self.request.header)
        back = None if down is None else down or "-- Nothing to undo.\n"
        layout = directory.layout
        text = frame_migration(f"{header}\n{up}", layout, back if back is not None else "")
        read = replace(files.read_text(path, text, layout), layout=layout)
        whole = parse_section(read.up)
        expected = parse_section(files.read_text("up.sql", up, "plain").up)
        if [each.text for each in whole.statements] != [each.text for each in expected.statements] or read.obstacles:
            raise Refused(
                "the migration cannot be written into a file",
                code=ErrorCode.CHANGE_NOT_PROVEN,
                why="a text in it reads as a marker of migration files, or as a template",
            )
        return (read,)

    def _run(
        self,
        path: str,
        directory: Directory,
        migrations: tuple[Migration, ...],
        action: Action,
        dbname: str | None = None,
    ) -> str:
        """Run the migrations on a clone, as the role that migrates; as a superuser where that may not.

        dbname: a clone on which they ran before. Returns the clone's name.
        """
        place = dbname or clone_side(self.old, self.settings, self.old.hidden - self.hidden)
        try:
            self._execute(place, directory, migrations, action)
        except RowkeepError as error:
            if error.sqlstate != NOT_ALLOWED or self.user == SUPERUSER or not self.request.superuser:
                raise self._explain(error) from None
            self.notes.append(f"{self.user} may not run it ({error.why}): it was proven as a superuser")
            self.user = SUPERUSER
            if dbname is None:
                place = clone_side(self.old, self.settings, self.old.hidden - self.hidden)
            try:
                self._execute(place, directory, migrations, action)
            except RowkeepError as again:
                raise self._explain(again) from None
        return place

    def _execute(self, dbname: str, directory: Directory, migrations: tuple[Migration, ...], action: Action) -> None:
        def pass_on(event: Event) -> None:
            """Nobody needs to know of each statement on a structure without rows."""

        alone = replace(directory, migrations=migrations)
        conninfo = f"{self.old.conninfo} dbname={dbname}"
        with open_run(
            self.settings, conninfo, pass_on, application="rowkeep drift", user=self.user, directory=alone
        ) as run:
            survey = make_survey(alone, read_state(run.session, self.settings))
            count = len(migrations) if action is Action.DOWN else None
            plan = make_plan(survey, Request(action, count))
            execute_plan(run.session, plan, pass_on, policy=run.policy)

    def _explain(self, error: RowkeepError) -> Refused:
        return Refused(
            "the migration does not run on a throw-away server that has the structure",
            code=ErrorCode.CHANGE_NOT_PROVEN,
            why=[error.what, *(error.why or "").splitlines()],
            sqlstate=error.sqlstate,
            excerpt=error.excerpt,
            instead=("rowkeep create NAME   (write this migration by hand)",),
        )

    def _try_again(self, directory: Directory, migrations: tuple[Migration, ...]) -> bool | None:
        """Whether the migration changes nothing where its change was made already."""
        if not self.request.repeatable:
            return None
        dbname = clone_side(self.new, self.settings)
        try:
            self._execute(dbname, directory, migrations, Action.UP)
        except RowkeepError:
            return False
        found = read_database(self.new.conninfo, dbname, self.new.owner, self.new.name, self.rules, self.new.hidden)
        return structure.compare_structures(self.new.structure, found.structure) == ()

    def _write_files(self, migrations: tuple[Migration, ...]) -> tuple[str, ...]:
        for number, migration in enumerate(migrations):
            if not write_new(migration.path, migration.source.text.encode()):
                for written in migrations[:number]:
                    Path(written.path).unlink(missing_ok=True)
                raise Misused(
                    "the file was created by somebody else meanwhile",
                    code=ErrorCode.NO_FREE_NAME,
                    where=migration.path,
                    instead=("run the same command again",),
                )
        return tuple(migration.path for migration in migrations)
