"""Runs migrations on a scratch server and observes what each statement does. Never for a server that is needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
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
from rowkeep.database.witness.evidence import build_evidence, next_snapshot, no_evidence, without_recreated
from rowkeep.database.witness.observation import StatementSnapshot, WitnessSchema
from rowkeep.database.witness.setup import ROLE
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.lint.witness import NotRun, StatementEvidence, WitnessScript
from rowkeep.domain.statement import Statement, TransactionUse
from rowkeep.errors import Interrupted, Unreachable
from rowkeep.plan.scripts import is_of_roles

LIMIT_S = 10.0
"""How long one statement may take, on tables that are almost empty."""
GRACE_S = 3.0
"""How long a session may continue after its cancel."""
SUPERUSER = "postgres"

BEGIN = (PipelineCommand(b"BEGIN"),)
COMMIT = (PipelineCommand(b"COMMIT"),)
SEND_DEBUG_MESSAGES = PipelineCommand(b"SET client_min_messages = debug1")
SET_OWN_PATH = PipelineCommand(f"SET LOCAL search_path = {SEARCH_PATH}".encode())
LOCKS, OBSERVE, SCANS = (
    PipelineCommand(load_query(f"witness.{name}"), prepared=True) for name in ("locks", "observe", "scans")
)
SAVEPOINT = PipelineCommand(b"SAVEPOINT rowkeep_witness")
# After it, nothing stays locked that a query of ours has locked.
ROLLBACK_TO_SAVEPOINT = (
    PipelineCommand(b"ROLLBACK TO SAVEPOINT rowkeep_witness"),
    PipelineCommand(b"RELEASE SAVEPOINT rowkeep_witness"),
)
RESET_SESSION = (
    PipelineCommand(b"RESET SESSION AUTHORIZATION"),
    PipelineCommand(b"RESET ROLE"),
    PipelineCommand(b"RESET ALL"),
    PipelineCommand(f"SET search_path = {SEARCH_PATH}".encode()),
    PipelineCommand(b"DISCARD TEMP"),
)
"""Each migration runs as if in a connection of its own."""


class WitnessRefusal(Exception):
    """The server refused a statement, or did not answer."""

    def __init__(self, why: str, statement: Statement | None = None) -> None:
        super().__init__(why)
        self.why, self.statement = why, statement


@contextmanager
def open_witness(conninfo: str, interrupts: SignalHandler, schemas: tuple[str, ...]) -> Iterator[Witness]:
    """Open a witness in a database of its own, as its unprivileged role. Raises Unreachable."""
    with connect(conninfo, application="rowkeep witness", user=ROLE) as session:
        yield Witness(session, interrupts, schemas)


class Witness:
    """A session of the witness. lost: it has ended, so nothing more can be run."""

    def __init__(self, session: Session, interrupts: SignalHandler, schemas: tuple[str, ...]) -> None:
        self.session = session
        self.interrupts = interrupts
        self.lost = False
        self.known = WitnessSchema()
        self.touched: set[int] = set()
        self.has_learned = False
        path = ", ".join(psycopg.sql.Identifier(schema).as_string(session.connection) for schema in schemas)
        limit = b"%dms" % int(LIMIT_S * 1000)
        self.settings = PipelineCommand(load_query("witness.begin_transaction"), (path.encode(), limit), prepared=True)
        self.path = PipelineCommand(load_query("session.set_search_path"), (path.encode(),))
        self.path_is_set = False
        self.notices: list[str] = []
        session.connection.add_notice_handler(self._add_notice)

    def replay(self, script: WitnessScript) -> NotRun | None:
        """Run a migration without observing it."""
        try:
            for together, statements in _units(script):
                if together:
                    self._send([*BEGIN, self.settings, *_commands(statements), *COMMIT], statements, 2)
                else:
                    self._run_outside(statements[0])
            self._refresh()
        except WitnessRefusal as refusal:
            return self._not_run(script, refusal)
        return None

    def watch(self, script: WitnessScript) -> tuple[tuple[StatementEvidence, ...], NotRun | None]:
        """Run a migration and return what each statement did, also the statements before a failure."""
        evidence: list[StatementEvidence] = []
        try:
            if not self.has_learned:
                self._learn()
            old = self.known.copy()
            for together, statements in _units(script):
                if together:
                    evidence += self._observe(script, statements, self.known.since(old))
                else:
                    self._run_outside(statements[0])
                    evidence.append(no_evidence(script, statements[0]))
                self._learn()
            self._refresh()
        except WitnessRefusal as refusal:
            return tuple(evidence), self._not_run(script, refusal)
        existing = {relation.name for relation in self.known.relations.values()}
        existing |= {item.name for key, item in self.known.objects.items() if key not in old.objects}
        return tuple(without_recreated(item, existing) for item in evidence), None

    def _observe(
        self, script: WitnessScript, statements: tuple[Statement, ...], old: WitnessSchema
    ) -> list[StatementEvidence]:
        # Our queries find operators in pg_catalog only; the rollback to the savepoint undoes that, too.
        observe = (SAVEPOINT, SET_OWN_PATH, LOCKS, OBSERVE, *ROLLBACK_TO_SAVEPOINT)
        commands = [*BEGIN, self.settings, SAVEPOINT, SET_OWN_PATH, SCANS, *ROLLBACK_TO_SAVEPOINT]
        at: dict[int, Statement] = {}
        for statement in statements:
            commands.append(SEND_DEBUG_MESSAGES)
            at[len(commands)] = statement
            commands += [PipelineCommand(statement.text.encode()), *observe]
        commands += COMMIT
        before, evidence = StatementSnapshot(), []
        messages: list[str] = []
        locks: Any = []
        for answer, notices in self._answers(commands, at):
            place = answer.number
            if place == 4:
                before.scans = {int(oid): count for oid, count in _json(answer).items()}
            elif place in at:
                messages = notices
            elif place - 3 in at:
                locks = _json(answer)
            elif place - 4 in at:
                now = observation.read_snapshot(locks, _json(answer))
                evidence.append(build_evidence(script, at[place - 4], old, before, now, messages))
                self.touched |= {oid for oid in now.locks if oid >= observation.USERS}
                before = next_snapshot(before, now)
        return evidence

    def _learn(self) -> None:
        """Read what was created since, and what was touched."""
        touched = b"{%s}" % b",".join(b"%d" % oid for oid in sorted(self.touched))
        known = PipelineCommand(load_query("witness.objects"), (b"%d" % self.known.newest, touched), prepared=True)
        *_, answer, _ = self._send([*BEGIN, SET_OWN_PATH, known, *COMMIT])
        self.known.learn(_json(answer), self.touched)
        self.touched.clear()
        self.has_learned = True

    def _refresh(self) -> None:
        """Reset the session for the next migration."""
        self.path_is_set = False
        self._send([*RESET_SESSION])

    def _run_outside(self, statement: Statement) -> None:
        """Run a statement that cannot run in a transaction."""
        self._send([*BEGIN, self.settings, *COMMIT])
        if not self.path_is_set:
            self._send([self.path])
            self.path_is_set = True
        self._send([PipelineCommand(statement.text.encode())], (statement,))

    def _send(
        self, commands: list[PipelineCommand], statements: tuple[Statement, ...] = (), first: int = 0
    ) -> list[PipelineAnswer]:
        at = {first + number: statement for number, statement in enumerate(statements)}
        return [answer for answer, _ in self._answers(commands, at)]

    def _answers(
        self, commands: list[PipelineCommand], at: dict[int, Statement]
    ) -> Iterator[tuple[PipelineAnswer, list[str]]]:
        """The answers, each with its notices. Rolls back and raises WitnessRefusal at the first error."""
        refusal: WitnessRefusal | None = None
        self.notices.clear()
        try:
            for answer in run_pipeline(self.session, commands, self.interrupts, 1.0):
                if answer.result is None:
                    self._limit_time(answer.quiet)
                elif refusal is None and answer.result.status not in GOOD:
                    refusal = WitnessRefusal(error_of_result(answer.result).message, at.get(answer.number))
                elif refusal is None:
                    yield answer, list(self.notices)
                    self.notices.clear()
        except ConnectionLost as lost:
            self.lost = True
            raise WitnessRefusal(str(lost) or "the session ended", None) from None
        if self.interrupts.number is not None:
            raise Interrupted("interrupted", code=ErrorCode.INTERRUPTED, signal=self.interrupts.number)
        if refusal is not None:
            self.path_is_set = False
            try:
                for _ in run_pipeline(self.session, [PipelineCommand(b"ROLLBACK"), *RESET_SESSION], self.interrupts):
                    pass
            except ConnectionLost:
                self.lost = True
            raise refusal

    def _limit_time(self, quiet: float) -> None:
        """Cancel a statement that takes too long, and end its session if that does not help."""
        if quiet < LIMIT_S + 1:
            return
        try:
            self.session.connection.cancel_safe(timeout=GRACE_S)
            if quiet >= LIMIT_S + GRACE_S:
                with self.session.another(user=SUPERUSER) as other:
                    other.ask("witness.end_session", {"pid": self.session.connection.info.backend_pid})
        except (psycopg.Error, Unreachable):
            return  # it is retried in a second

    def _not_run(self, script: WitnessScript, refusal: WitnessRefusal) -> NotRun:
        place = refusal.statement.place if refusal.statement is not None else None
        return NotRun(script.migration, refusal.why, place)

    def _add_notice(self, notice: Diagnostic) -> None:
        self.notices.append(notice.message_primary or "")


def _units(script: WitnessScript) -> Iterator[tuple[bool, tuple[Statement, ...]]]:
    """(True, the statements of a transaction), or (False, a statement that cannot run in one)."""
    statements = tuple(statement for statement in script.statements if not is_of_roles(statement))
    if script.together:
        if statements:
            yield True, statements
        return
    for statement in statements:
        procedural = statement.text[:5].split(None, 1)[0].lower() in ("call", "do")
        yield not procedural and statement.transaction is not TransactionUse.OUTSIDE, (statement,)


def _commands(statements: tuple[Statement, ...]) -> list[PipelineCommand]:
    return [PipelineCommand(statement.text.encode()) for statement in statements]


def _json(answer: PipelineAnswer) -> Any:
    value = answer.result.get_value(0, 0) if answer.result is not None else None
    return json.loads(value or b"null")
