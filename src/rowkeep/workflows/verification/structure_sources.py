"""Reads structures from every source, and builds them in databases of a throw-away server."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rowkeep import backup as backups
from rowkeep import files, programs, scratch, structure
from rowkeep.backup.structure_dump import dump_structure, restore_structure
from rowkeep.backup.verify_copy import read_recorded_structure
from rowkeep.config import Settings
from rowkeep.database.catalog import database_properties, databases, fingerprint, isolate
from rowkeep.database.catalog.read_server_model import read_server_model
from rowkeep.database.catalog.table_contents import without_event_triggers
from rowkeep.database.connection.session import connect
from rowkeep.database.executor.run_plan import execute_plan
from rowkeep.database.store import expected_structure
from rowkeep.database.witness import load_structure
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy.backup import Backup, SavedRole
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Emit, Event, Noted
from rowkeep.domain.frozen import replace
from rowkeep.domain.migration import Directory
from rowkeep.domain.operation import ChangeOwner, CreateObject, Grant, ObjectKind
from rowkeep.domain.plan import Plan, Request, TransactionMode
from rowkeep.domain.schema.server_model import ServerModel
from rowkeep.domain.schema.structure import Structure
from rowkeep.domain.schema.structure_source import (
    BackupSource,
    DatabaseSource,
    LedgerSource,
    MigrationsSource,
    SchemaFileSource,
    ScratchStructure,
    SourcedStructure,
    StructureSource,
)
from rowkeep.errors import Misused, Refused, Remains, RowkeepError
from rowkeep.files.project.schema_file import read_schema_file
from rowkeep.knowledge.program_locations import CLIENT, SERVER
from rowkeep.parse import parse_section
from rowkeep.parse.structure_script import read_structure_script
from rowkeep.plan import outside
from rowkeep.plan.named_roles import find_named_roles
from rowkeep.plan.plan import make_plan
from rowkeep.workflows.open_run import open_run
from rowkeep.workflows.stage import run_stage

SUPERUSER = "postgres"


@contextmanager
def open_sources(settings: Settings, conninfo: str, model: ServerModel, emit: Emit) -> Iterator[StructureSources]:
    """Read and build structures in the block. A throw-away server starts when the first of them needs it.

    conninfo: of the database that holds the ledger; model: what the throw-away server has in common with it.
    """
    with ExitStack() as stack:
        yield StructureSources(settings, conninfo, model, emit, stack)


class StructureSources:
    """The structures of one project. Use `open_sources`."""

    def __init__(self, settings: Settings, conninfo: str, model: ServerModel, emit: Emit, stack: ExitStack) -> None:
        self._settings, self._conninfo, self._model, self._emit = settings, conninfo, model, emit
        self._stack = stack
        self._server: scratch.Server | None = None
        self._databases = 0
        self._backups: dict[str, Backup] = {}

    def read(self, source: StructureSource) -> SourcedStructure:
        """The structure of `source`. A throw-away server is used only where the source is SQL.

        Raises Misused where there is nothing to read, Unparsable for a file that cannot be loaded, Refused and Failed
        for migrations that cannot be run there, Unreachable, ProgramMissing, BackupFailed.
        """
        match source:
            case LedgerSource():
                return self._read_ledger()
            case DatabaseSource(conninfo=conninfo, name=name):
                with connect(conninfo, application="rowkeep verify") as session:
                    return SourcedStructure(fingerprint.read_structure(session), name)
            case BackupSource(name=name):
                backup = self._find_backup(name)
                recorded = read_recorded_structure(backup)
                if recorded is not None:
                    return SourcedStructure(recorded, f"backup {backup.id}", backup.taken_at, whole=True)
        return self.build(source).sourced

    def build(self, source: StructureSource) -> ScratchStructure:
        """The structure of `source` in a database of its own, on a throw-away server, until the block ends.

        Its server reaches nothing outside as far as this system can prevent that. What the ledger recorded cannot be
        built: it is no SQL. Raises what `read` raises.
        """
        match source:
            case LedgerSource():
                raise Misused(
                    "what the last deploy recorded cannot be built: it is a list of facts, not SQL",
                    code=ErrorCode.STRUCTURE_SOURCE_MISSING,
                )
            case SchemaFileSource(path=path):
                with run_stage(self._emit, "load", f"Loading {path} into a throw-away server") as note:
                    result = self._load_file(path)
                    note.summary = _summary(result)
            case MigrationsSource(names=names):
                with run_stage(self._emit, "replay", "Running all migrations on a throw-away server") as note:
                    result = self._replay(names)
                    note.summary = f"{result.sourced.name}: {_summary(result)}"
            case DatabaseSource(conninfo=conninfo, name=name):
                with run_stage(self._emit, "load", f"Copying the structure of {name}") as note:
                    result = self._copy_database(conninfo, name)
                    note.summary = _summary(result)
            case BackupSource(name=name):
                backup = self._find_backup(name)
                with run_stage(self._emit, "load", f"Restoring the structure of {backup.id}") as note:
                    result = self._restore_backup(backup)
                    note.summary = _summary(result)
        return result

    def _read_ledger(self) -> SourcedStructure:
        with connect(self._conninfo, application="rowkeep verify") as session:
            expected = expected_structure.load_expected(session)
        if expected is None:
            raise Misused(
                "no deploy has recorded a structure in this database, or the role may not read it",
                code=ErrorCode.STRUCTURE_SOURCE_MISSING,
                instead=("rowkeep verify --accept REASON   (makes the current one the expected one)",),
            )
        return SourcedStructure(expected.structure, expected.source, expected.at, whole=True)

    def _load_file(self, path: str) -> ScratchStructure:
        script = read_structure_script(read_schema_file(path))
        server = self._start()
        conninfo, name = self._create_database()
        with connect(server.conninfo(), application="rowkeep verify") as session:
            load_structure.prepare_roles(session, name, script.roles)
        load_structure.load_structure(conninfo, server.major, script, self._model.public_owner)
        notes = _not_compared(f"{path} contains", owners=script.owners, grants=script.grants)
        sourced = SourcedStructure(
            self._read_database(conninfo), path, owners=script.owners, grants=script.grants, notes=notes
        )
        return ScratchStructure(sourced, conninfo, load_structure.ROLE)

    def _replay(self, names: frozenset[str] | None) -> ScratchStructure:
        directory = files.read(self._settings)
        if names is not None:
            chosen = tuple(migration for migration in directory.migrations if migration.name in names)
            directory = replace(directory, migrations=chosen)
        server = self._start()
        conninfo, name = self._create_database()
        user = self._model.user or load_structure.ROLE
        with connect(server.conninfo(), application="rowkeep verify") as session:
            if self._model.user is None:
                statements = [
                    statement
                    for migration in directory.migrations
                    for statement in parse_section(migration.up, migration.includes).statements
                ]
                load_structure.prepare_roles(session, name, find_named_roles(statements))
            else:
                database_properties.create_roles(session, self._roles(), whole=True)
                database_properties.set_roles(session, self._model.roles)
                if self._model.properties is not None:
                    database_properties.apply_properties(session, name, self._model.properties)
                # In production its rights may come from grants that no migration made.
                session.do("load_structure.own_database", database=(name,), role=(user,))
        added = self._create_extensions(conninfo, user, directory)
        plan = self._run_migrations(conninfo, user, directory)
        operations = [op for step in plan.steps for piece in step.pieces for op in piece.statement.operations]
        present = _without_added(self._read_database(conninfo), added)
        notes = tuple(
            f"the {kind} {name} was created before the migrations, as production has it" for kind, name in added
        )
        owners = any(isinstance(operation, ChangeOwner) for operation in operations)
        grants = any(isinstance(operation, Grant) for operation in operations)
        notes += _not_compared("the migrations set", owners=owners, grants=grants)
        name = f"{count_text(len(plan.steps), 'migration')}, run on an empty database"
        sourced = SourcedStructure(present, name, owners=owners, grants=grants, notes=notes)
        return ScratchStructure(sourced, conninfo, user)

    def _create_extensions(self, conninfo: str, user: str, directory: Directory) -> tuple[tuple[str, str], ...]:
        """Create what only a superuser may create and production has.

        Returns what no migration creates, as (kind, name): the extensions, and the schemas of their objects.
        """
        created = {
            (operation.kind, operation.name.name): operation.if_not_exists
            for migration in directory.migrations
            for statement in parse_section(migration.up, migration.includes).statements
            for operation in statement.operations
            if isinstance(operation, CreateObject)
        }
        schemas = dict(self._model.extension_schemas)
        added: list[tuple[str, str]] = []
        major = self._start().major
        with connect(conninfo, application="rowkeep verify", **without_event_triggers(major)) as session:
            for extension in self._model.extensions:
                if created.get((ObjectKind.EXTENSION, extension.name)) is False:
                    continue  # a migration creates it, and must not find it
                schema = schemas.get(extension.name, "public")
                if created.get((ObjectKind.SCHEMA, schema)) is False:
                    schema = "public"  # the same for the schema
                load_structure.create_extensions(session, [(extension.name, schema)], role=user)
                if (ObjectKind.EXTENSION, extension.name) not in created:
                    added.append(("extension", extension.name))
                if (ObjectKind.SCHEMA, schema) not in created and schema != "public":
                    added.append(("schema", schema))
        return tuple(dict.fromkeys(added))

    def _run_migrations(self, conninfo: str, user: str, directory: Directory) -> Plan:
        def pass_on(event: Event) -> None:
            """Nobody needs to know of each statement on an empty database."""

        settings = replace(self._settings, create_schemas=True)
        try:
            with open_run(
                settings, conninfo, pass_on, application="rowkeep verify", user=user, directory=directory
            ) as run:
                plan = make_plan(run.survey, Request())
                _require_replayable(plan)
                execute_plan(run.session, plan, pass_on, policy=run.policy)
        except RowkeepError as error:
            if error.code is ErrorCode.REPLAY_FAILED:
                raise
            need = outside.outside_need_of_error(error)
            raise error.replace(
                remains=Remains.UNCHANGED,
                remains_detail="the migrations failed on a throw-away server, which had nothing but what they create"
                + (f"; it lacks {need}" if need else ""),
                instead=("rowkeep verify --against schema.sql", *error.instead),
            ) from None
        return plan

    def _copy_database(self, conninfo: str, name: str) -> ScratchStructure:
        with connect(conninfo, application="rowkeep verify") as session:
            model = read_server_model(session)
            # Of the newer major: it reads both, and writes to both.
            tools = self._obtain(max(session.major, self._model.major))
            with _temporary_file() as archive:
                dump_structure(session, conninfo, tools, ("--format=custom", f"--file={archive}"))
                return self._restore(archive, model, tools, name, "")

    def _restore_backup(self, backup: Backup) -> ScratchStructure:
        public = "postgres"
        recorded = read_recorded_structure(backup)
        for item in recorded.items if recorded is not None else ():
            if (item.kind, item.identity) == ("schema", "public"):
                public = item.definition.removeprefix("owner ")
        model = ServerModel(backup.major, backup.user, backup.roles, backup.properties, backup.extensions, public)
        tools = self._obtain(max(int(backup.client_version.split(".")[0]), self._model.major))
        backups.check_restorable(backup, tools, self._start().conninfo(), emit=self._emit, stage="load")
        return self._restore(backup.path, model, tools, f"backup {backup.id}", backup.taken_at)

    def _restore(self, archive: str, model: ServerModel, tools: Programs, name: str, at: str) -> ScratchStructure:
        server = self._start()
        conninfo, _ = self._create_database(model)
        with connect(server.conninfo(), application="rowkeep verify") as session:
            database_properties.create_roles(session, self._roles(model), whole=True)
        with connect(conninfo, application="rowkeep verify", **without_event_triggers(server.major)) as session:
            if model.public_owner is None:
                databases.drop_public_schema(session)
            elif model.major < 15:
                databases.set_public_schema_owner(session, model.public_owner)
            restore_structure(archive, session, conninfo, tools, name)
            isolate.disable_outside_access(session, server.containment)
        # It is that of a server of another major, restored: what differs between majors differs here, too.
        present = structure.make_structure(model.major, self._read_database(conninfo).items)
        return ScratchStructure(SourcedStructure(present, name, at), conninfo, model.user or SUPERUSER)

    def _roles(self, model: ServerModel | None = None) -> tuple[SavedRole, ...]:
        """The roles to create. Where the system does not isolate the server, none of them is a superuser."""
        roles = (model or self._model).roles
        if self._start().containment.whole:
            return roles
        plain = {"SUPERUSER": "NOSUPERUSER", "REPLICATION": "NOREPLICATION"}
        return tuple(
            replace(role, attributes=tuple(plain.get(word, word) for word in role.attributes)) for role in roles
        )

    def _create_database(self, model: ServerModel | None = None) -> tuple[str, str]:
        """A new, empty database: how to connect as the superuser, and its name."""
        server = self._start()
        self._databases += 1
        name = f"rowkeep_structure_{self._databases}"
        properties = (model or self._model).properties
        with connect(server.conninfo(), application="rowkeep verify") as session:
            remark = databases.create_database(session, name, properties, exact=False)
        if remark is not None:
            self._emit(Noted(f"the throw-away database: {remark}"))
        return server.conninfo(name), name

    def _read_database(self, conninfo: str) -> Structure:
        major = self._start().major
        with connect(conninfo, application="rowkeep verify", **without_event_triggers(major)) as session:
            return fingerprint.read_structure(session)

    def _find_backup(self, name: str) -> Backup:
        if name not in self._backups:
            self._backups[name] = backups.find_backup(backups.list_backups(self._settings.backups_dir), name)
        return self._backups[name]

    def _start(self) -> scratch.Server:
        if self._server is None:
            self._server = self._stack.enter_context(scratch.start_server(self._programs(), emit=self._emit))
        return self._server

    def _programs(self) -> Programs:
        return self._obtain(self._model.major)

    def _obtain(self, major: int) -> Programs:
        settings = self._settings
        return programs.obtain_programs(
            major, (*CLIENT, *SERVER), pg_bin=settings.pg_bin, fetch=settings.fetch_programs, emit=self._emit
        )


def _summary(result: ScratchStructure) -> str:
    return count_text(len(result.sourced.structure.items), "item")


def _not_compared(who: str, *, owners: bool, grants: bool) -> tuple[str, ...]:
    """What the source says nothing about."""
    words = [word for word, there in (("owners", owners), ("grants", grants)) if not there]
    return (f"{who} no {' and no '.join(words)}: they are not compared",) if words else ()


def _without_added(present: Structure, added: tuple[tuple[str, str], ...]) -> Structure:
    """The structure without the extensions and schemas that the migrations do not create."""
    left_out = {*added, *(("comment", f"{kind} {name}") for kind, name in added)}
    left_out |= {("schema grant", name) for kind, name in added if kind == "schema"}
    kept = (item for item in present.items if (item.kind, item.identity.replace('"', "")) not in left_out)
    return structure.make_structure(present.major, kept)


def _require_replayable(plan: Plan) -> None:
    """Raise Refused for a migration that cannot run on a throw-away server."""
    handed = next((step for step in plan.steps if step.mode is TransactionMode.HANDED), None)
    left = outside.find_not_rehearsable(plan)
    if handed is None and not left:
        return
    name, need = (handed.name, "node-pg-migrate") if handed is not None else (left[0].name, left[0].needs)
    raise Refused(
        f"the migrations cannot be run on a throw-away server: {name} needs {need}",
        code=ErrorCode.REPLAY_FAILED,
        instead=("rowkeep verify --against schema.sql", "rowkeep verify --against backup"),
    )


@contextmanager
def _temporary_file() -> Iterator[str]:
    """A path for a file of our own, in a directory that nobody else may read."""
    with tempfile.TemporaryDirectory(prefix="rowkeep-") as directory:
        yield str(Path(directory) / "structure.dump")
