"""Rowkeep as a library: a project and its database, with a method for every command."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.frozen import replace
from rowkeep.errors import Misused, Refused

if TYPE_CHECKING:
    from rowkeep.config import Settings
    from rowkeep.domain.deploy.application import ApplicationCheck
    from rowkeep.domain.deploy.backup import Backup, BackupList, RestoredBackup
    from rowkeep.domain.deploy.deployment import Acceptance, Deployment
    from rowkeep.domain.deploy.golden_copy import DataScope, GoldenCopies, GoldenCopy
    from rowkeep.domain.deploy.review import Review
    from rowkeep.domain.deploy.saved_rehearsal import SavedRehearsal
    from rowkeep.domain.deploy.structure_change import DriftReport, WrittenMigration
    from rowkeep.domain.deploy.swap import Swap
    from rowkeep.domain.deploy.verification import Verification
    from rowkeep.domain.event import Event
    from rowkeep.domain.history.ledger import HistoryEntry, RunMetadata
    from rowkeep.domain.lint.finding import LintResult
    from rowkeep.domain.migration import Directory
    from rowkeep.domain.plan import Action, Plan, Request, RunResult, Survey
    from rowkeep.workflows.confirmation import Consent
    from rowkeep.workflows.deploy import StopAfter
    from rowkeep.workflows.editor.linter import Linter
    from rowkeep.workflows.lint import LintObserver
    from rowkeep.workflows.rehearsal.rehearse_down import DownRehearsal

ORIGIN = "an argument of rowkeep.Project"

Target = int | str | None
"""How far to go: a number of migrations, the name of the last one, or None for all (down and redo: for one)."""


def ignore_event(event: Event) -> None:
    """Do nothing: for whoever does not want to know what happens meanwhile."""


class Project:
    """A project's migrations and its database.

    root: the directory of the project; its `rowkeep.toml`, `pyproject.toml` and `.env` are read as the command line
    reads them. database: a URL, a libpq connection string, or `embedded:[MAJOR|DIR]`; without it the configuration and
    the environment say which. environment: the named environment of the configuration. on_event: is called with every
    event while a method runs; it must not raise. settings: any field of `Settings`, before the configuration
    (`migrations_dir="db/migrations"`, `wait_s=60`); paths are relative to `root`.

    A Project holds no connection: each method opens and closes its own, so one Project may be used by several threads.
    Nothing is printed, the process's environment is not changed, and every failure that is foreseen is a
    `RowkeepError`. A database without a mark counts as production, exactly as on the command line.

    Raises Misused for a configuration that is wrong, and for a setting that does not exist.
    """

    def __init__(
        self,
        root: str | os.PathLike[str] = ".",
        database: str | None = None,
        *,
        environment: str | None = None,
        on_event: Callable[[Event], None] | None = None,
        **settings: Any,
    ) -> None:
        self._root = Path(root)
        self._settings = _resolve(self._root, database, environment, settings)
        self._emit = on_event or ignore_event

    def __repr__(self) -> str:
        return f"Project({str(self._root)!r})"

    @property
    def root(self) -> Path:
        """The directory of the project."""
        return self._root

    @property
    def settings(self) -> Settings:
        """Every setting, resolved. `settings.origins` says where each of them came from."""
        return self._settings

    def migrations(self) -> Directory:
        """The migrations of the project, in the order in which they run. Raises Misused where they cannot be read."""
        from rowkeep import files

        return files.read(self._settings)

    def lint(
        self,
        paths: Collection[str | os.PathLike[str]] = (),
        *,
        live: bool = False,
        after: str | None = None,
        pending_only: bool = False,
        include_applied: bool = False,
        select: Collection[str] = (),
        ignore: Collection[str] = (),
        major: int | None = None,
        witness: bool = False,
        fix: str | None = None,
        ignore_baseline: bool = False,
    ) -> LintResult:
        """Everything that would lose data or stall the application; `result.refuses()` says whether an error counts.

        paths: files and directories, relative to `root` (default: all migrations). live: take into account what the
        database holds, and leave out what is applied there, unless `paths` or `include_applied` say otherwise. after:
        only migrations after this one. pending_only: only migrations that the database does not have. select: rules
        and groups in place of the configured ones; ignore: beside the configured ones. major: the oldest server that
        the migrations must run on. witness: run them on a throw-away server, too. fix: `show` to find the safe form,
        or `write` to write it into the files and lint that; `result.fix` has the changes, and an applied migration is
        never changed. ignore_baseline: report known findings, too.

        Raises Misused where there is nothing to lint; Unreachable and Failed where a database is asked and cannot be
        read; ProgramMissing where no throw-away server can be had.
        """
        from rowkeep.workflows.choose_database import ENOUGH
        from rowkeep.workflows.lint import FixMode, LintRequest, lint

        if fix not in (None, "show", "write"):
            raise Misused(f"fix is {fix!r}: it should be 'show' or 'write'", code=ErrorCode.INVALID_USAGE)
        names = (paths,) if isinstance(paths, str | os.PathLike) else tuple(paths)
        request = LintRequest(
            self._settings,
            tuple((self._root / path).as_posix() for path in names),
            select=tuple(sorted(_names(select))),
            ignore=tuple(sorted(_names(ignore))),
            major=major,
            after=after,
            pending_only=pending_only,
            include_applied=include_applied,
            witness=witness,
            fix=None if fix is None else FixMode(fix),
            ignore_baseline=ignore_baseline,
        )
        variables = {**os.environ, **self._settings.libpq}
        named = self._settings.database is not None or any(variables.get(name) for name in ENOUGH)
        if not (live or pending_only or (fix is not None and named)):
            return lint(request, _observer(self._emit))
        with self._database() as (conninfo, settings):
            request = replace(request, settings=settings, database=conninfo if live else None, history=conninfo)
            return lint(request, _observer(self._emit))

    def check_statements(
        self,
        statements: str | os.PathLike[str],
        paths: Collection[str | os.PathLike[str]] = (),
        *,
        after: str | None = None,
        live: bool = False,
        major: int | None = None,
    ) -> ApplicationCheck:
        """Which statements of the application the migrations break: `result.broken`. No data and no copy is needed.

        statements: a file of SQL, or a log of PostgreSQL. paths, after: the migrations that are new (default: all are
        replayed, and only the result counts). live: the database says which ones are pending, and under which roles
        the application works. major: of the throw-away server. Raises as `lint`.
        """
        from rowkeep.workflows.check_statements import StatementCheckRequest, check_statements

        names = (paths,) if isinstance(paths, str | os.PathLike) else tuple(paths)
        request = StatementCheckRequest(
            self._settings,
            str(self._root / statements),
            tuple((self._root / path).as_posix() for path in names),
            after,
            major=major,
        )
        if not live:
            return check_statements(request, self._emit)
        with self._database() as (conninfo, settings):
            return check_statements(replace(request, settings=settings, database=conninfo), self._emit)

    def linter(self) -> Linter:
        """Lint for a process that lives, such as an editor: `linter().lint(path, text=…)` answers a change at once.

        It remembers what it has read and analyzed, and its results are those of `lint`. Keep it as long as the project
        is open.
        """
        from rowkeep.workflows.editor.linter import Linter

        return Linter(self._settings, self._root, _observer(self._emit))

    def plan(
        self,
        target: Target = None,
        *,
        action: Action | str = "up",
        with_older: bool = False,
        out_of_order: Collection[str] = (),
        accept: Collection[str] = (),
        with_node_pg_migrate: bool = False,
    ) -> Plan:
        """What `up`, `down` or `redo` would do now. Changes nothing and takes no lock.

        The arguments are those of `up`. Raises Refused, Misused, Unreachable.
        """
        from rowkeep.workflows.migrate import plan_migrations

        request = _request(
            action,
            target,
            with_older=with_older,
            out_of_order=out_of_order,
            accept=accept,
            with_node_pg_migrate=with_node_pg_migrate,
        )
        with self._database() as (conninfo, settings):
            return plan_migrations(settings, conninfo, request)

    def review(
        self,
        target: Target = None,
        *,
        with_older: bool = False,
        out_of_order: Collection[str] = (),
        accept: Collection[str] = (),
        with_node_pg_migrate: bool = False,
    ) -> Review:
        """The present plan of `up`, to be approved by a person: `up(reviewed=…)` later does exactly this, or refuses.

        The arguments and errors are those of `plan`.
        """
        from rowkeep.workflows.migrate import make_plan_for, open_survey
        from rowkeep.workflows.review import make_reviewable

        request = _request(
            "up",
            target,
            with_older=with_older,
            out_of_order=out_of_order,
            accept=accept,
            with_node_pg_migrate=with_node_pg_migrate,
        )
        with self._database() as (conninfo, settings), open_survey(settings, conninfo) as (session, survey):
            plan = make_plan_for(session, survey, request)
            return make_reviewable(session, settings, survey, plan, request)

    def up(
        self,
        target: Target = None,
        *,
        confirm: str | None = None,
        no_backup: bool = False,
        because: str | None = None,
        with_older: bool = False,
        out_of_order: Collection[str] = (),
        accept: Collection[str] = (),
        interrupted: str | None = None,
        reviewed: Review | None = None,
        with_node_pg_migrate: bool = False,
        accept_loss: Collection[str] = (),
    ) -> RunResult:
        """Apply pending migrations, each in one transaction with its record.

        target: how many, or the name of the last one (default: all). In production lint must find no error about data
        or locks, the name of the database must be confirmed once, and a backup is taken before rows or values may go:

        confirm: the name of the database that is meant. no_backup: take none, and record `because` instead.
        with_older: with a name, apply older pending migrations first. out_of_order: names of migrations to apply
        though younger ones are applied. accept: names of applied migrations that were edited or deleted on purpose.
        interrupted: `again` or `done`, for a statement of which nobody knows whether it finished. reviewed: do exactly
        what this review shows; the arguments that choose migrations do not count then. with_node_pg_migrate: run
        JavaScript and TypeScript migrations with the project's own node-pg-migrate. accept_loss: names
        (`schema.table[.column]`) of what may be lost, for the reason `because`.

        Raises Refused, Misused, Busy, BackupFailed, Failed, HalfDone, Interrupted, Unreachable; `error.remains` is the
        state of the database.
        """
        request = _request(
            "up",
            target,
            with_older=with_older,
            out_of_order=out_of_order,
            accept=accept,
            interrupted=interrupted,
            with_node_pg_migrate=with_node_pg_migrate,
        )
        consent = _consent(confirm, no_backup, because, accept_loss=accept_loss)
        return self._migrate(request, consent, reviewed)

    def down(
        self,
        target: Target = None,
        *,
        confirm: str | None = None,
        no_backup: bool = False,
        because: str | None = None,
        untested: bool = False,
        accept: Collection[str] = (),
        interrupted: str | None = None,
        with_node_pg_migrate: bool = False,
    ) -> RunResult:
        """Undo the last applied migration, or the last `target`.

        In production the name of the database is confirmed each time, and the down parts must have been rehearsed;
        untested: run them although they were not. The other arguments and the errors are those of `up`.
        """
        request = _request(
            "down", target, accept=accept, interrupted=interrupted, with_node_pg_migrate=with_node_pg_migrate
        )
        return self._migrate(request, _consent(confirm, no_backup, because, untested))

    def redo(
        self,
        target: Target = None,
        *,
        confirm: str | None = None,
        no_backup: bool = False,
        because: str | None = None,
        untested: bool = False,
        accept: Collection[str] = (),
        interrupted: str | None = None,
    ) -> RunResult:
        """Undo the last migration, or the last `target`, and apply the same ones again. Arguments as for `down`."""
        request = _request("redo", target, accept=accept, interrupted=interrupted)
        return self._migrate(request, _consent(confirm, no_backup, because, untested))

    def deploy(
        self,
        target: Target = None,
        *,
        confirm: str | None = None,
        approve: Callable[[Plan], None] | None = None,
        accept_loss: Collection[str] = (),
        accept_unrehearsed: Collection[str] = (),
        because: str | None = None,
        with_older: bool = False,
        out_of_order: Collection[str] = (),
        accept: Collection[str] = (),
        interrupted: str | None = None,
        reviewed: Review | None = None,
        roundtrip: bool = True,
        statements: str | None = None,
        accept_broken: Collection[str] = (),
        show_values: bool = False,
        accept_lock: Collection[str] = (),
        rehearsed: SavedRehearsal | str | os.PathLike[str] | None = None,
    ) -> Deployment:
        """Lint, back up, rehearse on the restored backup, apply, verify. Any stage can stop it with nothing changed.

        confirm: refuse any database but the one of this name. approve: is called with the plan before anything is
        done; it raises Refused to stop. accept_loss: names (`schema.table[.column]`) of what may be lost.
        accept_unrehearsed: names of migrations that may run although a copy cannot run them. accept_broken: names of
        statements of the application that may break. accept_lock: tables that may be locked longer than `max_lock_s`.
        All four need `because`, which the ledger keeps. roundtrip: rehearse the down parts, too. statements: a file
        with the application's statements, or `none`; by default those that pg_stat_statements recorded. The other
        arguments are those of `up`. rehearsed: accept this saved rehearsal, or the one in this file, in place of a new
        one; Refused if it does not fit any more. show_values: `result.rehearsal.compared` has a few overwritten
        values.

        Raises as `up`, and Differs where the structure afterwards is not what the rehearsal made.
        """
        acceptance = _acceptance(accept_loss, accept_unrehearsed, accept_broken, because, accept_lock)
        request = _request(
            "up",
            target,
            with_older=with_older,
            out_of_order=out_of_order,
            accept=accept,
            interrupted=interrupted,
        )
        return self._deploy(
            request,
            acceptance,
            None,
            confirm,
            approve,
            reviewed,
            roundtrip,
            statements,
            show_values,
            rehearsed=self._read_rehearsal(rehearsed, statements),
        )

    def rehearse(
        self,
        target: Target = None,
        *,
        accept_loss: Collection[str] = (),
        accept_unrehearsed: Collection[str] = (),
        because: str | None = None,
        with_older: bool = False,
        out_of_order: Collection[str] = (),
        accept: Collection[str] = (),
        roundtrip: bool | None = None,
        statements: str | None = None,
        accept_broken: Collection[str] = (),
        show_values: bool = False,
        fresh: bool = False,
        accept_lock: Collection[str] = (),
        save: str | os.PathLike[str] | None = None,
        data: str = "full",
        sample_rows: int = 1000,
        load: str | os.PathLike[str] | None = None,
    ) -> Deployment:
        """Back up, restore into a throw-away server, and run the pending migrations there. Production is not changed.

        Where a golden copy fits production, it is cloned in place of a new backup, unless `fresh` is true;
        `result.rehearsal.copy` says which one. data: `full`, `sample` (about `sample_rows` rows of each table, and all
        rows that they reference) or `schema` (no rows); the last two take no backup. `result.rehearsal` is what came
        of it; None where nothing is pending. save: a file for `deploy(rehearsed=…)`; then the down parts are
        rehearsed, too, unless `roundtrip` is False. load: a file of
        statements that run beside the migrations; `result.rehearsal.load` says how long they took. The
        other arguments and the errors are those of `deploy`.
        """
        from rowkeep.workflows.deploy import StopAfter
        from rowkeep.workflows.rehearsal.saved_rehearsal import save_outcome

        acceptance = _acceptance(accept_loss, accept_unrehearsed, accept_broken, because, accept_lock)
        request = _request("up", target, with_older=with_older, out_of_order=out_of_order, accept=accept)
        scope = _data_scope(data)
        if save is not None and scope.value != "full":
            raise Misused("save needs all rows: data='full'", code=ErrorCode.INVALID_USAGE)
        trips = save is not None if roundtrip is None else roundtrip
        with save_outcome(None if save is None else os.fspath(save)) as keep:
            result = self._deploy(
                request,
                acceptance,
                StopAfter.REHEARSAL,
                None,
                None,
                None,
                trips,
                statements,
                show_values,
                fresh=fresh,
                data=scope,
                sample_rows=sample_rows,
                load=None if load is None else os.fspath(load),
            )
            keep(result.saved)
        return result

    def rehearse_down(
        self,
        target: Target = None,
        *,
        accept_loss: Collection[str] = (),
        because: str | None = None,
        accept: Collection[str] = (),
        fresh: bool = False,
    ) -> DownRehearsal:
        """Undo applied migrations on a restored copy, and apply them again. Production is not changed.

        What passes need not be `untested` for `down`. fresh: as for `rehearse`. The other arguments and the errors are
        those of `deploy`.
        """
        from rowkeep.workflows.rehearsal.rehearse_down import rehearse_down

        acceptance = _acceptance(accept_loss, (), (), because)
        request = _request("down", target, accept=accept)
        with self._database() as (conninfo, settings):
            collect = self._collector("rehearse", settings)
            return rehearse_down(settings, conninfo, request, acceptance, collect, self._emit, fresh=fresh)

    def status(self) -> Survey:
        """The state of every migration: `pending`, `applied`, `changed`. Reads only. Raises Misused, Unreachable."""
        from rowkeep.workflows.migrate import open_survey

        with self._database() as (conninfo, settings), open_survey(settings, conninfo) as (_, survey):
            return survey

    def require_current(self) -> Survey:
        """Raise Refused where a migration is pending or unfinished: for the start of an application. Reads only.

        A database that is ahead of the migrations here is current: during a rolling deploy the old version runs on.
        """
        survey = self.status()
        pending = survey.pending
        if pending:
            from rowkeep.domain.count import count_text, plural_form

            names = ", ".join(item.name for item in pending[:SHOWN])
            more = f" and {len(pending) - SHOWN} more" if len(pending) > SHOWN else ""
            raise Refused(
                f"{count_text(len(pending), 'migration')} {plural_form(len(pending), 'is', 'are')} pending",
                code=ErrorCode.MIGRATIONS_PENDING,
                where=survey.state.database,
                why=f"{names}{more}",
                instead=("rowkeep up", "wait for another process to apply them: Project().wait()"),
            )
        return survey

    def wait(self, timeout_s: float = 60.0) -> Survey:
        """Return as soon as no migration is pending: for an application that starts beside its migrations. Reads only.

        Raises Busy where some are pending after `timeout_s` seconds, Unreachable where the server cannot be reached
        by then.
        """
        from rowkeep.workflows.wait_for_migrations import wait_for_migrations

        with self._database() as (conninfo, settings):
            return wait_for_migrations(settings, conninfo, timeout_s, self._emit)

    def history(self, last: int | None = None) -> tuple[HistoryEntry, ...]:
        """Who applied and undid what, and when; the newest last. last: only so many of the newest."""
        from rowkeep.database.catalog.state import read_state
        from rowkeep.database.connection.session import connect
        from rowkeep.database.store.ledger import read_history

        if last is not None and last < 1:
            raise Misused(f"last is {last}: it should be at least 1", code=ErrorCode.INVALID_USAGE)
        with self._database() as (conninfo, settings), connect(conninfo) as session:
            entries = tuple(read_history(session, read_state(session, settings)))
        return entries[-last:] if last else entries

    def backup(self, *, hashes: bool = False, prove: bool = False, lock_timeout_s: float = 10.0) -> Backup:
        """Take a backup with the pg_dump of the server's own major.

        hashes: read and hash every value, not only count rows. prove: then restore it into a throw-away server and
        compare. lock_timeout_s: how long to wait for a locked table. Raises BackupFailed, ProgramMissing, Unreachable.
        """
        from rowkeep.workflows.backup import take_backup

        with self._database() as (conninfo, settings):
            commit = self._collector("backup", settings)().commit
            return take_backup(
                settings,
                conninfo,
                self._emit,
                hashes=hashes,
                prove=prove,
                lock_timeout_s=lock_timeout_s,
                commit=commit,
            )

    def backups(self) -> BackupList:
        """Every backup, the newest first, and every file among them that is none."""
        from rowkeep.backup import list_backups

        return list_backups(self._settings.backups_dir)

    def prove(self, backup: Backup | str = "latest", *, jobs: int | None = None) -> Backup:
        """Restore a backup into a throw-away server and compare all counts. Returns it with `verified` and `proof`.

        backup: the backup, its id, its file, or `latest`. jobs: workers of pg_restore. Raises BackupFailed where it
        does not come back as it was.
        """
        from rowkeep.workflows.backup import prove_backup

        return prove_backup(self._settings, _backup_name(backup), self._emit, jobs=jobs)[0]

    def golden_copies(self) -> GoldenCopies:
        """The golden copies of this user, the newest data first, and what is left of unusable ones. Starts nothing."""
        from rowkeep.workflows.rehearsal.manage_golden_copies import list_golden_copies

        return list_golden_copies()[0]

    def make_golden_copy(self, backup: Backup | str = "latest") -> GoldenCopy:
        """Restore and prove a backup, and keep it as a golden copy, which rehearsals then clone.

        backup: the backup, its id, its file, or `latest`. Raises Refused where none can be kept, BackupFailed.
        """
        from rowkeep.workflows.rehearsal.manage_golden_copies import make_golden_copy

        return make_golden_copy(self._settings, _backup_name(backup), self._emit)[0]

    def prune_golden_copies(self, *, everything: bool = False) -> int:
        """Remove golden copies that are too old, too many, or without their backup. Returns the freed bytes.

        everything: all that nobody is cloning now.
        """
        from rowkeep.workflows.rehearsal.manage_golden_copies import prune_golden_copies

        return sum(removed.bytes for removed in prune_golden_copies(self._settings, everything=everything))

    def restore(
        self,
        backup: Backup | str,
        into: str,
        *,
        jobs: int | None = None,
        create_roles: bool = False,
        keep_differing: bool = False,
    ) -> RestoredBackup:
        """Restore a backup into the new database `into`, on the same server. Never over an existing one.

        backup: the backup, its id, its file, or `latest`. jobs: workers of pg_restore. create_roles: create missing
        roles, without login and rights. keep_differing: keep a copy that differs, and raise BackupFailed all the same.
        Raises Misused where the database exists, BackupFailed, ProgramMissing, RightMissing, Unreachable.
        """
        from rowkeep.workflows.backup import restore_backup

        with self._database() as (conninfo, settings):
            return restore_backup(
                settings,
                conninfo,
                _backup_name(backup),
                into,
                self._emit,
                jobs=jobs,
                create_roles=create_roles,
                keep_differing=keep_differing,
            )

    def swap(
        self, incoming: str, *, confirm: str | None = None, drain_s: float = 30.0, end_sessions: bool = False
    ) -> Swap:
        """Put the database `incoming` in the place of this one, which is kept under another name (`result.kept`).

        confirm: this database's name, where it counts as production. drain_s: seconds that sessions at work have to
        finish. end_sessions: then end them. Raises Refused, Misused, Busy, RightMissing, Failed, Unreachable.
        """
        from rowkeep.workflows.recovery.swap_in import swap_in

        with self._database() as (conninfo, settings):
            return swap_in(
                settings,
                conninfo,
                incoming,
                self._emit,
                _consent(confirm, False, None),
                drain_s=drain_s,
                end_sessions=end_sessions,
            )

    def swap_back(self, *, confirm: str | None = None, drain_s: float = 30.0, end_sessions: bool = False) -> Swap:
        """Put the database that the newest swap replaced back into its place. Otherwise like `swap`."""
        from rowkeep.workflows.recovery.swap_in import swap_back

        with self._database() as (conninfo, settings):
            return swap_back(
                settings,
                conninfo,
                self._emit,
                _consent(confirm, False, None),
                drain_s=drain_s,
                end_sessions=end_sessions,
            )

    def verify(
        self,
        *,
        against: str | Collection[str] = (),
        rights: bool | None = None,
        smoke: bool = True,
        accept: str | None = None,
    ) -> Verification:
        """Compare the structure with what the last deploy recorded, look for states that no structure shows, and run
        the smoke queries.

        `result.ok` is False where the structure differs, where a state is wrong (an invalid index), and where a smoke
        query failed. against: compare with these instead: `rehearsal`, `schema` (the configured schema file), a file
        of SQL, `migrations`, `backup`, `backup:ID`, or the URL of a database; `result.comparisons` has one result for
        each. rights: with owners and grants or without; None: as far as the source says something about them. smoke:
        run the smoke queries. accept: a reason to record the present structure as the expected one.

        Raises Misused for a source that does not exist, and what building one raises: Unparsable for a schema file,
        Refused and Failed for migrations that cannot run on a throw-away server, ProgramMissing.
        """
        from rowkeep.workflows.verification.verify import verify_structure

        given = (against,) if isinstance(against, str) else tuple(against)
        # A file is relative to the project, as everywhere here.
        words = [
            (self._root / word).as_posix() if word.endswith(".sql") and "://" not in word else word for word in given
        ]
        with self._database() as (conninfo, settings):
            return verify_structure(
                settings, conninfo, self._emit, accept=accept, against=words, rights=rights, smoke=smoke
            )

    def dump_schema(self, *, rights: bool | None = None) -> str:
        """The structure of the database as SQL, byte for byte the same wherever it is the same.

        rights: with owners and grants; None: as `schema_file_rights` says. The table of history is left out. Raises
        Unreachable, Failed, ProgramMissing.
        """
        from rowkeep.workflows.verification.dump_schema import dump_schema

        with self._database() as (conninfo, settings):
            return dump_schema(settings, conninfo, self._emit, rights=rights)

    def drift(
        self,
        *,
        adopt: str | None = None,
        undo: str | None = None,
        against: str | None = None,
        allow_drops: bool = False,
    ) -> DriftReport:
        """What was changed by hand; and, for a name in `adopt` or `undo`, the migration that adopts or undoes it.

        `report.differences` is empty where the structure is as it should be; `report.written` is the migration, proven
        on a throw-away server. against: `ledger`, `migrations` or a schema file. allow_drops: write drops with which
        rows or values may go. The database is only read. Raises Refused where nothing can be proven, Misused,
        ProgramMissing, Unreachable.
        """
        from rowkeep.workflows.drift.find_drift import DriftRequest, find_drift

        adopted, undone = (tuple(text.split()) if text else () for text in (adopt, undo))
        with self._database() as (conninfo, settings):
            return find_drift(settings, conninfo, DriftRequest(against, adopted, undone, allow_drops), self._emit)

    def create_from(
        self,
        name: str,
        to: str,
        *,
        renames: Collection[str] = (),
        allow_drops: bool = False,
        major: int | None = None,
    ) -> WrittenMigration | None:
        """Write the migration from what all migrations make to the structure `to`: a file of SQL, or an address.

        None where they make it already. renames: `schema.table=name`, `schema.table.column=name`: they are never
        guessed. major: of the server, where `to` is a file. No database is changed. Raises as `drift`.
        """
        from rowkeep.workflows.drift.create_from_structure import WantedStructure, create_from_structure

        wanted = WantedStructure(tuple(name.split()), to, tuple(renames), allow_drops, major)
        return create_from_structure(self._settings, wanted, self._emit)

    @contextmanager
    def _database(self) -> Iterator[tuple[str, Settings]]:
        """The connection string, and the settings that hold for that database."""
        from rowkeep.workflows.choose_database import choose_database
        from rowkeep.workflows.credential_guard import NO_PASSWORD_FILE, must_hide_password_file

        settings = self._settings
        variables = dict(settings.libpq)
        if must_hide_password_file(settings, os.environ):
            variables["PGPASSFILE"] = NO_PASSWORD_FILE
        with choose_database(settings, {**os.environ, **variables}, self._emit, project=self._root) as chosen:
            conninfo = chosen.conninfo
            if variables:
                from rowkeep.database.connection.conninfo import add_variables

                conninfo = add_variables(conninfo, variables)
            yield conninfo, chosen.settings

    def _collector(self, command: str, settings: Settings) -> Callable[[], RunMetadata]:
        from rowkeep.files.run_metadata import collect_run_metadata

        return lambda: collect_run_metadata(command, settings, os.environ)

    def _migrate(self, request: Request, consent: Consent, reviewed: Review | None = None) -> RunResult:
        from rowkeep.workflows.migrate import migrate

        if reviewed is not None:
            request = replace(reviewed.request, repeat=request.repeat)
        with self._database() as (conninfo, settings):
            collect = self._collector(request.action.value, settings)
            return migrate(settings, conninfo, request, collect, self._emit, consent, reviewed)

    def _read_rehearsal(
        self, rehearsed: SavedRehearsal | str | os.PathLike[str] | None, statements: str | None
    ) -> SavedRehearsal | None:
        from rowkeep.domain.deploy.saved_rehearsal import SavedRehearsal
        from rowkeep.workflows.rehearsal.saved_rehearsal import read_saved_rehearsal, require_no_statements

        if rehearsed is None:
            return None
        require_no_statements(statements)
        return rehearsed if isinstance(rehearsed, SavedRehearsal) else read_saved_rehearsal(os.fspath(rehearsed))

    def _deploy(
        self,
        request: Request,
        acceptance: Acceptance,
        stop: StopAfter | None,
        confirm: str | None,
        approve: Callable[[Plan], None] | None,
        reviewed: Review | None,
        roundtrip: bool,
        statements: str | None,
        show_values: bool,
        *,
        fresh: bool = False,
        rehearsed: SavedRehearsal | None = None,
        data: DataScope | None = None,
        sample_rows: int = 1000,
        load: str | None = None,
    ) -> Deployment:
        from rowkeep.domain.deploy.golden_copy import DataScope
        from rowkeep.domain.event import Noted
        from rowkeep.workflows.deploy import DeployRequest, deploy

        def check(plan: Plan) -> None:
            for note in plan.notes:
                self._emit(Noted(note))
            for warning in plan.warnings:
                self._emit(Noted(warning, warning=True))
            if confirm is not None and plan.database != confirm:
                raise Refused(
                    "this is not the database that was confirmed",
                    code=ErrorCode.NOT_CONFIRMED,
                    why=f"confirmed: {confirm}; it is {plan.database}",
                )
            if approve is not None:
                approve(plan)

        whole = DeployRequest(
            request if reviewed is None else replace(reviewed.request, repeat=request.repeat),
            acceptance,
            stop,
            reviewed,
            roundtrip,
            statements,
            show_values,
            fresh,
            rehearsed,
            data or DataScope.FULL,
            sample_rows,
            load,
        )
        with self._database() as (conninfo, settings):
            collect = self._collector("rehearse" if stop is not None else "deploy", settings)
            return deploy(settings, conninfo, whole, collect, approve=check, emit=self._emit)


def migrate_test_database(project: Project, conninfo: str, name: str) -> None:
    """Apply the project's migrations to the database `name`, which was made for tests. It counts as development.

    Nothing else of the configuration says where to connect to, and no trace of the database is kept.
    """
    from rowkeep.database.connection.session import connect
    from rowkeep.database.store.environment import read_identity
    from rowkeep.files.project.confirmed_names import forget_name

    test = Project.__new__(Project)
    test._root, test._emit = project._root, project._emit
    test._settings = replace(
        project._settings, database=conninfo, development_database=name, libpq={}, by_checkout=frozenset()
    )
    test.up()
    with connect(conninfo, application="rowkeep pytest") as session:
        forget_name(read_identity(session), test._settings.migrations_dir, os.environ)


SHOWN = 5
"""How many pending migrations a message names."""


def _resolve(root: Path, database: str | None, environment: str | None, given: Mapping[str, Any]) -> Settings:
    """The configuration of `root`, with the settings of the caller before it. Raises Misused."""
    from rowkeep.files.project.settings import load_settings

    values: dict[str, Any] = {
        name: _check_setting(root, name, value) for name, value in given.items() if name != "config_file"
    }
    file = given.get("config_file")
    flags = {
        "database": database,
        "environment": environment,
        "config_file": None if file is None else (root / file).as_posix(),
    }
    settings = load_settings(flags, os.environ, root)
    if "schemas" in values and "history_schema" not in values and _follows_schemas(settings):
        values["history_schema"] = values["schemas"][0]
    return replace(
        settings,
        **values,
        origins={**settings.origins, **dict.fromkeys(values, ORIGIN)},
        by_checkout=settings.by_checkout - values.keys(),
    )


def _follows_schemas(settings: Settings) -> bool:
    return settings.origins["history_schema"].startswith(("default", "the first of schemas"))


def _check_setting(root: Path, name: str, value: object) -> object:
    """A setting's value as `Settings` holds it. Raises Misused for one that does not exist or is wrong."""
    from difflib import get_close_matches

    from rowkeep.config.settings import ROWS
    from rowkeep.config.values import WrongValue, check_value

    if name == "end_orphan":  # no file and no variable may say it, so it is in no table
        return bool(value)
    if name not in ROWS or name in ("database", "environment"):
        close = get_close_matches(name, ROWS, n=1)
        raise Misused(
            f"there is no setting {name!r}",
            code=ErrorCode.SETTING_INVALID,
            why=f"did you mean {close[0]}?" if close else None,
        )
    row = ROWS[name]
    if row.path and isinstance(value, str | os.PathLike):
        return (root / value).as_posix()
    try:
        # The file's own forms are checked: a list for a tuple, a dict for a mapping.
        return check_value(row, list(value) if isinstance(value, tuple) else value)
    except WrongValue as error:
        raise Misused(f"{name}: {error}", code=ErrorCode.SETTING_INVALID, where=ORIGIN) from None


def _observer(emit: Callable[[Event], None]) -> LintObserver:
    """What lint reports, as events."""
    from rowkeep.domain.event import Noted
    from rowkeep.workflows.lint import LintObserver

    class EventObserver(LintObserver):
        def emit(self, event: Event) -> None:
            emit(event)

        def note(self, text: str) -> None:
            emit(Noted(text))

    return EventObserver()


def _request(
    action: Action | str,
    target: Target,
    *,
    with_older: bool = False,
    out_of_order: Collection[str] = (),
    accept: Collection[str] = (),
    interrupted: str | None = None,
    with_node_pg_migrate: bool = False,
) -> Request:
    from rowkeep.domain.plan import Action, Request

    if interrupted not in (None, "again", "done"):
        raise Misused(f"interrupted is {interrupted!r}: it should be 'again' or 'done'", code=ErrorCode.INVALID_USAGE)
    if isinstance(target, int) and target < 0:
        raise Misused(f"target is {target}: a number of migrations cannot be negative", code=ErrorCode.INVALID_USAGE)
    try:
        action = Action(action)
    except ValueError:
        raise Misused(
            f"action is {action!r}: it should be 'up', 'down' or 'redo'", code=ErrorCode.INVALID_USAGE
        ) from None
    return Request(
        action,
        target if isinstance(target, int) else None,
        target if isinstance(target, str) else None,
        with_older=with_older,
        out_of_order=_names(out_of_order),
        accepted=_names(accept),
        repeat=None if interrupted is None else interrupted == "again",
        hand_over=with_node_pg_migrate,
    )


def _names(names: Collection[str]) -> frozenset[str]:
    """A single text is one name, not a collection of letters."""
    return frozenset({names}) if isinstance(names, str) else frozenset(names)


def _consent(
    confirm: str | None,
    no_backup: bool,
    because: str | None,
    untested: bool = False,
    accept_loss: Collection[str] = (),
) -> Consent:
    from rowkeep.workflows.confirmation import Consent, confirm_nobody, require_named

    if no_backup and not (because or "").strip():
        raise Misused(
            "no_backup needs a reason", code=ErrorCode.REASON_MISSING, instead=("because='why none is needed'",)
        )
    accepted = _acceptance(accept_loss, (), (), because).names
    asked = confirm_nobody if confirm is None else require_named(confirm)
    return Consent(asked, not no_backup, because, untested, accepted)


def _acceptance(
    losses: Collection[str],
    unrehearsed: Collection[str],
    broken: Collection[str],
    because: str | None,
    locks: Collection[str] = (),
) -> Acceptance:
    from rowkeep.domain.deploy.deployment import Acceptance

    arguments = {
        "accept_loss": losses,
        "accept_unrehearsed": unrehearsed,
        "accept_broken": broken,
        "accept_lock": locks,
    }
    for argument, names in arguments.items():
        if names and not (because or "").strip():
            raise Misused(
                f"{argument} needs a reason", code=ErrorCode.REASON_MISSING, instead=("because='why it may be'",)
            )
    return Acceptance(_names(losses), because, _names(unrehearsed), _names(broken), _names(locks))


def _data_scope(data: str) -> DataScope:
    from rowkeep.domain.deploy.golden_copy import DataScope

    try:
        return DataScope(data)
    except ValueError:
        raise Misused(
            f"data is {data!r}: it should be 'full', 'sample' or 'schema'", code=ErrorCode.INVALID_USAGE
        ) from None


def _backup_name(backup: Backup | str) -> str:
    return backup if isinstance(backup, str) else backup.path
