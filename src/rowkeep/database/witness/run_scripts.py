"""Run migrations on a scratch server and watch what each statement does there. Never for a server somebody needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.errors import Diagnostic

from rowkeep.database.connection.own_settings import SEARCH_PATH
from rowkeep.database.connection.pipeline import GOOD, ConnectionLost, PipelineAnswer, PipelineCommand, run_pipeline
from rowkeep.database.connection.server_error import error_of_result
from rowkeep.database.connection.session import Session, connect
from rowkeep.database.connection.signals import SignalHandler
from rowkeep.database.queries import load_query
from rowkeep.database.witness import observation
from rowkeep.database.witness.observation import StatementSnapshot, WitnessSchema
from rowkeep.database.witness.setup import ROLE
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.lint.witness import LostObject, NotRun, StatementEvidence, WitnessScript
from rowkeep.domain.statement import Statement, TransactionUse
from rowkeep.errors import Interrupted, Unreachable
from rowkeep.plan.scripts import is_of_roles

LIMIT_S = 10.0
"""How long one statement may take, on tables that are all but empty."""
GRACE_S = 3.0
"""How long after its cancel a session may live on."""
SUPERUSER = "postgres"
REMADE = frozenset({"view", "function"})
"""What holds nothing: dropped and made anew in one migration, it is not gone."""

BEGIN = (PipelineCommand(b"BEGIN"),)
COMMIT = (PipelineCommand(b"COMMIT"),)
TALK = PipelineCommand(b"SET client_min_messages = debug1")
OWN = PipelineCommand(f"SET LOCAL search_path = {SEARCH_PATH}".encode())
LOCKS, SEEN, SCANS = (
    PipelineCommand(load_query(f"witness.{name}"), prepared=True) for name in ("locks", "observe", "scans")
)
INTO = PipelineCommand(b"SAVEPOINT rowkeep_witness")
# Back, and nothing that a question has locked stays locked.
BACK = (
    PipelineCommand(b"ROLLBACK TO SAVEPOINT rowkeep_witness"),
    PipelineCommand(b"RELEASE SAVEPOINT rowkeep_witness"),
)
FRESH = (
    PipelineCommand(b"RESET SESSION AUTHORIZATION"),
    PipelineCommand(b"RESET ROLE"),
    PipelineCommand(b"RESET ALL"),
    PipelineCommand(f"SET search_path = {SEARCH_PATH}".encode()),
    PipelineCommand(b"DISCARD TEMP"),
)
"""A migration's connection is its own."""


class WitnessRefusal(Exception):
    """The server said no, or nothing at all."""

    def __init__(self, why: str, statement: Statement | None = None) -> None:
        super().__init__(why)
        self.why, self.statement = why, statement


@contextmanager
def open_witness(conninfo: str, interrupts: SignalHandler, schemas: tuple[str, ...]) -> Iterator[Witness]:
    """A witness in a database of its own. conninfo: as its unprivileged role. Raises Unreachable."""
    with connect(conninfo, application="rowkeep witness", user=ROLE) as session:
        yield Witness(session, interrupts, schemas)


class Witness:
    """A session of the witness. lost: it has ended, and nothing more can be run."""

    def __init__(self, session: Session, interrupts: SignalHandler, schemas: tuple[str, ...]) -> None:
        self.session = session
        self.interrupts = interrupts
        self.lost = False
        self.known = WitnessSchema()
        self.touched: set[int] = set()
        self.learnt = False
        path = ", ".join(psycopg.sql.Identifier(schema).as_string(session.connection) for schema in schemas)
        limit = b"%dms" % int(LIMIT_S * 1000)
        self.settings = PipelineCommand(load_query("witness.begin_transaction"), (path.encode(), limit), prepared=True)
        self.path = PipelineCommand(load_query("session.set_search_path"), (path.encode(),))
        self.apart = False
        self.notices: list[str] = []
        session.connection.add_notice_handler(self._hear)

    def replay(self, script: WitnessScript) -> NotRun | None:
        """Run a migration without a look at it."""
        try:
            for together, statements in _units(script):
                if together:
                    self._speak([*BEGIN, self.settings, *_commands(statements), *COMMIT], statements, 2)
                else:
                    self._alone(statements[0])
            self._refresh()
        except WitnessRefusal as refusal:
            return self._refused(script, refusal)
        return None

    def watch(self, script: WitnessScript) -> tuple[tuple[StatementEvidence, ...], NotRun | None]:
        """Run a migration and tell what each of its statements did; those before a failure are told, too."""
        watched: list[StatementEvidence] = []
        try:
            if not self.learnt:
                self._learn()
            old = self.known.copy()
            for together, statements in _units(script):
                if together:
                    watched += self._watch(script, statements, self.known.since(old))
                else:
                    self._alone(statements[0])
                    watched.append(_no_evidence(script, statements[0]))
                self._learn()
            self._refresh()
        except WitnessRefusal as refusal:
            return tuple(watched), self._refused(script, refusal)
        there = {relation.name for relation in self.known.relations.values()}
        there |= {each.name for key, each in self.known.objects.items() if key not in old.objects}
        return tuple(_not_remade(each, there) for each in watched), None

    def _watch(
        self, script: WitnessScript, statements: tuple[Statement, ...], old: WitnessSchema
    ) -> list[StatementEvidence]:
        # The questions find their operators in pg_catalog; going back to the savepoint undoes that, too.
        look = (INTO, OWN, LOCKS, SEEN, *BACK)
        commands = [*BEGIN, self.settings, INTO, OWN, SCANS, *BACK]
        at: dict[int, Statement] = {}
        for statement in statements:
            commands.append(TALK)
            at[len(commands)] = statement
            commands += [PipelineCommand(statement.text.encode()), *look]
        commands += COMMIT
        before, found = StatementSnapshot(), []
        said: list[str] = []
        locks: Any = []
        for heard, notices in self._answers(commands, at):
            place = heard.number
            if place == 4:
                before.scans = {int(oid): count for oid, count in _json(heard).items()}
            elif place in at:
                said = notices
            elif place - 3 in at:
                locks = _json(heard)
            elif place - 4 in at:
                now = observation.read_snapshot(locks, _json(heard))
                found.append(_build_evidence(script, at[place - 4], old, before, now, said))
                self.touched |= {oid for oid in now.locks if oid >= observation.USERS}
                before = _next_snapshot(before, now)
        return found

    def _learn(self) -> None:
        """Look at what has been made since, and at what was touched."""
        touched = b"{%s}" % b",".join(b"%d" % oid for oid in sorted(self.touched))
        known = PipelineCommand(load_query("witness.objects"), (b"%d" % self.known.newest, touched), prepared=True)
        *_, heard, _ = self._speak([*BEGIN, OWN, known, *COMMIT])
        self.known.learn(_json(heard), self.touched)
        self.touched.clear()
        self.learnt = True

    def _refresh(self) -> None:
        """The next migration finds the session as this one found it."""
        self.apart = False
        self._speak([*FRESH])

    def _alone(self, statement: Statement) -> None:
        """What no transaction may hold."""
        self._speak([*BEGIN, self.settings, *COMMIT])
        if not self.apart:
            self._speak([self.path])
            self.apart = True
        self._speak([PipelineCommand(statement.text.encode())], (statement,))

    def _speak(
        self, commands: list[PipelineCommand], statements: tuple[Statement, ...] = (), first: int = 0
    ) -> list[PipelineAnswer]:
        at = {first + number: statement for number, statement in enumerate(statements)}
        return [heard for heard, _ in self._answers(commands, at)]

    def _answers(
        self, commands: list[PipelineCommand], at: dict[int, Statement]
    ) -> Iterator[tuple[PipelineAnswer, list[str]]]:
        """The answers, each with what was said beside it. Raises Refusal at the first that is none, rolled back."""
        refusal: WitnessRefusal | None = None
        self.notices.clear()
        try:
            for heard in run_pipeline(self.session, commands, self.interrupts, 1.0):
                if heard.result is None:
                    self._hurry(heard.quiet)
                elif refusal is None and heard.result.status not in GOOD:
                    refusal = WitnessRefusal(error_of_result(heard.result).message, at.get(heard.number))
                elif refusal is None:
                    yield heard, list(self.notices)
                    self.notices.clear()
        except ConnectionLost as lost:
            self.lost = True
            raise WitnessRefusal(str(lost) or "the session ended", None) from None
        if self.interrupts.number is not None:
            raise Interrupted("interrupted", code=ErrorCode.INTERRUPTED, signal=self.interrupts.number)
        if refusal is not None:
            self.apart = False
            try:
                for _ in run_pipeline(self.session, [PipelineCommand(b"ROLLBACK"), *FRESH], self.interrupts):
                    pass
            except ConnectionLost:
                self.lost = True
            raise refusal

    def _hurry(self, quiet: float) -> None:
        """A statement that takes too long is cancelled, and its session ended if that does not help."""
        if quiet < LIMIT_S + 1:
            return
        try:
            self.session.connection.cancel_safe(timeout=GRACE_S)
            if quiet >= LIMIT_S + GRACE_S:
                with self.session.another(user=SUPERUSER) as other:
                    other.ask("witness.end_session", {"pid": self.session.connection.info.backend_pid})
        except (psycopg.Error, Unreachable):
            return  # it is tried again in a second

    def _refused(self, script: WitnessScript, refusal: WitnessRefusal) -> NotRun:
        place = refusal.statement.place if refusal.statement is not None else None
        return NotRun(script.migration, refusal.why, place)

    def _hear(self, notice: Diagnostic) -> None:
        self.notices.append(notice.message_primary or "")


def _units(script: WitnessScript) -> Iterator[tuple[bool, tuple[Statement, ...]]]:
    """What one transaction holds; or (False, one statement) for what none may."""
    statements = tuple(each for each in script.statements if not is_of_roles(each))
    if script.together:
        if statements:
            yield True, statements
        return
    for statement in statements:
        procedural = statement.text[:5].split(None, 1)[0].lower() in ("call", "do")
        yield not procedural and statement.transaction is not TransactionUse.OUTSIDE, (statement,)


def _commands(statements: tuple[Statement, ...]) -> list[PipelineCommand]:
    return [PipelineCommand(statement.text.encode()) for statement in statements]


def _json(heard: PipelineAnswer) -> Any:
    value = heard.result.get_value(0, 0) if heard.result is not None else None
    return json.loads(value or b"null")


def _build_evidence(
    script: WitnessScript,
    statement: Statement,
    old: WitnessSchema,
    before: StatementSnapshot,
    now: StatementSnapshot,
    notices: list[str],
) -> StatementEvidence:
    told = observation.parse_messages(notices)
    tables = now.of(old, *observation.TABLES)
    named = {
        what: tuple(sorted(relation.name for relation in tables.values() if relation.bare in names))
        for what, names in told.items()
    }
    stored = {oid: each for oid, each in tables.items() if each.kind in observation.STORED and oid not in now.missing}
    moved = {oid: each for oid, each in stored.items() if now.files.get(oid) != before.files.get(oid, each.filenode)}
    emptied = tuple(
        LostObject("rows", each.name)
        for each in moved.values()
        if each.kind == "r" and each.bare not in told["rewriting"]
    )
    read = {each.name for oid, each in stored.items() if now.scans.get(oid, 0) != before.scans.get(oid, 0)}
    # Such a table is emptied in place: TRUNCATE then leaves no trace.
    stored_anew = any(before.files.get(oid, each.filenode) != each.filenode for oid, each in stored.items())
    held = observation.find_locks(old, before, now)
    # What the server says of a key names no table, and of one made just now nothing is read: its counters decide.
    # A partitioned table has none of its own.
    claimed = {*named["verifying"], *observation.find_validated_tables(notices, held)}
    return StatementEvidence(
        script.migration,
        statement.source.path,
        statement.span,
        held,
        tuple(sorted({*named["rewriting"], *(each.name for each in moved.values())})),
        tuple(sorted(claimed & (read | {each.name for oid, each in tables.items() if oid not in stored}))),
        tuple(sorted(read)),
        named["building"],
        (*observation.find_lost_objects(old, before, now), *emptied),
        touched=observation.is_touched(old, before, now),
        reads=observation.has_read(now),
        skipped=any(observation.SKIPPED in notice for notice in notices),
        deaf=now.hears != observation.DEBUG or stored_anew,
        divided=observation.has_partitions(old, now),
        beside=any(oid not in old.relations for oid in now.tables),
    )


def _no_evidence(script: WitnessScript, statement: Statement) -> StatementEvidence:
    """Outside a transaction its locks are gone when we look: it ran, and that is all."""
    return StatementEvidence(script.migration, statement.source.path, statement.span, deaf=True)


def _next_snapshot(before: StatementSnapshot, now: StatementSnapshot) -> StatementSnapshot:
    """What the next statement finds; what is locked stays locked, unless a savepoint was rolled back."""
    now.scans = {**before.scans, **now.scans}
    now.missing |= before.missing
    now.objects |= before.objects
    return now


def _not_remade(watched: StatementEvidence, there: set[str]) -> StatementEvidence:
    gone = tuple(each for each in watched.gone if each.kind not in REMADE or each.name not in there)
    return watched if gone == watched.gone else replace(watched, gone=gone)
