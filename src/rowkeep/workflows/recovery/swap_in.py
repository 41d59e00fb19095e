"""Puts a restored database in the place of the live one, and back. The replaced one is kept under another name."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

from rowkeep.config import Settings
from rowkeep.database.catalog import databases
from rowkeep.database.catalog import rename_databases as catalog
from rowkeep.database.connection.session import Session, connect, run_queries
from rowkeep.database.store import environment
from rowkeep.domain.count import count_text
from rowkeep.domain.deploy import swap as domain
from rowkeep.domain.deploy.swap import Swap, SwappableDatabase
from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.event import Blocker, Emit, Noted, Waiting
from rowkeep.domain.history.environment import EnvironmentKind
from rowkeep.errors import Busy, Misused, Refused, Remains, RightMissing, Unreachable
from rowkeep.knowledge.forms.keywords import quote_name
from rowkeep.workflows.confirmation import Consent
from rowkeep.workflows.stage import run_stage

DRAIN_S = 30.0
"""How long a swap waits for sessions at work."""
PAUSE_S = 1.0
"""Between two attempts new connections are served."""
MAINTENANCE = ("postgres", "template1")
"""Databases from which others can be renamed."""


def confirm_swap(session: Session, settings: Settings, incoming: str, consent: Consent) -> None:
    """Ask for the name of the session's database if it counts as production. Raises Refused."""
    counts_as = environment.read_environment(session, settings)
    if counts_as.kind is EnvironmentKind.DEVELOPMENT:
        return
    name = counts_as.identity.database
    consent.confirm(
        name, f"{name} counts as {counts_as.kind.value} ({counts_as.why}); {quote_name(incoming)} would take its place"
    )


def swap_in(
    settings: Settings,
    conninfo: str,
    incoming: str,
    emit: Emit,
    consent: Consent,
    *,
    drain_s: float = DRAIN_S,
    end_sessions: bool = False,
) -> Swap:
    """Put the database `incoming` in the place of that of `conninfo`, which is kept under another name.

    Idle sessions of both are ended; those at work have drain_s seconds to finish, and are then ended if `end_sessions`
    says so. All is done in one transaction: if we are killed, nothing has changed. Raises Misused, Refused,
    RightMissing, Busy (sessions at work), Failed.
    """
    with connect(conninfo, application="rowkeep restore") as session:
        live = session.connection.info.dbname
        _check(session, live, incoming)
        confirm_swap(session, settings, incoming, consent)
    return _swap(conninfo, live, incoming, emit, drain_s=drain_s, end_sessions=end_sessions)


def swap_back(
    settings: Settings,
    conninfo: str,
    emit: Emit,
    consent: Consent,
    *,
    drain_s: float = DRAIN_S,
    end_sessions: bool = False,
) -> Swap:
    """Put the database that the newest swap replaced back into its place. Otherwise like `swap_in`."""
    with connect(conninfo, application="rowkeep restore") as session:
        live = session.connection.info.dbname
        incoming = _find_replaced(session, live)
    return swap_in(settings, conninfo, incoming, emit, consent, drain_s=drain_s, end_sessions=end_sessions)


def check_swap(conninfo: str, settings: Settings, incoming: str, consent: Consent) -> None:
    """Before a restore whose database will be swapped in: refuse what would be refused afterwards, and ask."""
    with connect(conninfo, application="rowkeep restore") as session:
        live = session.connection.info.dbname
        _check_facts(_read_facts(session, live), live)
        confirm_swap(session, settings, incoming, consent)
    with _maintenance_session(conninfo, {live}):
        pass


def new_name(conninfo: str) -> str:
    """A name for a database that will be swapped in at once."""
    with connect(conninfo, application="rowkeep restore") as session:
        prefix = domain.name_prefix(session.connection.info.dbname).removesuffix("_before_")
    return f"{prefix}_restored_{datetime.now(UTC):%Y%m%d_%H%M%S}".encode()[: domain.LONGEST].decode(errors="ignore")


def _find_replaced(session: Session, live: str) -> str:
    """The newest database that a swap took out of the place of `live`, with the same owner."""
    with run_queries("the databases could not be listed"):
        owner = _read_facts(session, live).owner
        kept = catalog.list_kept_databases(session, domain.name_prefix(live))
    for name, its_owner, comment in kept:
        if its_owner == owner and domain.replaced_by_swap(live, comment):
            return name
    raise Misused(
        f"no database was replaced by a swap with {live}, or it was renamed or dropped",
        code=ErrorCode.DATABASE_NOT_FOUND_TO_SWAP,
        why=f'looked for a database of {owner} whose comment begins with: {domain.MARK} as "{live}"',
        instead=("rowkeep restore --into NAME --swap   (if you know its name)",),
    )


def _read_facts(session: Session, name: str) -> SwappableDatabase:
    with run_queries("the databases could not be read"):
        return catalog.read_database_facts(session, (name,))[name]


def _check(session: Session, live: str, incoming: str) -> tuple[SwappableDatabase, SwappableDatabase]:
    """What is known of both databases. Raises what forbids the swap."""
    if live == incoming:
        raise Misused(
            f"{live} cannot take its own place",
            code=ErrorCode.INVALID_USAGE,
            instead=("name the restored database: rowkeep restore --into NAME --swap",),
        )
    with run_queries("the databases could not be read"):
        facts = catalog.read_database_facts(session, (live, incoming))
    if incoming not in facts:
        raise Misused(
            f"there is no database {incoming} on this server",
            code=ErrorCode.DATABASE_NOT_FOUND_TO_SWAP,
            instead=("rowkeep restore BACKUP --swap   (restore one, and put it in place)",),
        )
    for name in (live, incoming):
        _check_facts(facts[name], live)
    if (facts[incoming].comment or "").startswith("rowkeep: NOT a proven copy"):
        raise Refused(
            f"{incoming} is not a proven copy: its counts differ from those of its backup",
            code=ErrorCode.RESTORED_DATA_DIFFERS,
            why=(facts[incoming].comment or "").splitlines()[0],
            instead=(
                "restore another backup: rowkeep backup list",
                f"COMMENT ON DATABASE {quote_name(incoming)} IS NULL",
            ),
        )
    return facts[live], facts[incoming]


def _check_facts(facts: SwappableDatabase, live: str) -> None:
    name = quote_name(facts.name)
    if not facts.owned:
        raise RightMissing(
            f"only a member of {facts.owner}, the owner of {facts.name}, may rename it",
            code=ErrorCode.DATABASE_NOT_OWNED,
            instead=(
                f"GRANT {quote_name(facts.owner)} TO … (as a superuser)",
                "or use a role that may: --database URL",
            ),
        )
    if facts.template or facts.name in MAINTENANCE:
        raise Misused(
            f"{facts.name} is a template or maintenance database",
            code=ErrorCode.INVALID_USAGE,
            instead=("name the database of your application",),
        )
    if facts.prepared:
        raise Refused(
            f"{facts.name} has {count_text(facts.prepared, 'prepared transaction')}, which cannot be moved",
            code=ErrorCode.DATABASE_IN_USE,
            instead=("SELECT * FROM pg_prepared_xacts; then COMMIT PREPARED or ROLLBACK PREPARED each",),
        )
    if facts.subscriptions and facts.name == live:
        raise Refused(
            f"{facts.name} has enabled subscriptions: {facts.subscriptions}",
            code=ErrorCode.DATABASE_IN_USE,
            why="their workers are connected to it, and would go on writing into the replaced database",
            instead=(f"ALTER SUBSCRIPTION … DISABLE;   (each of them, in {name})",),
        )


def _swap(
    conninfo: str, live_name: str, incoming_name: str, emit: Emit, *, drain_s: float, end_sessions: bool
) -> Swap:
    names = {live_name, incoming_name}
    with (
        run_stage(emit, "swap", f"Putting {incoming_name} in the place of {live_name}") as note,
        _maintenance_session(conninfo, names) as session,
        _maintenance_session(conninfo, names) as second,
    ):
        live, incoming = _check(session, live_name, incoming_name)
        now = datetime.now(UTC)
        # A swap and its way back may happen within a second.
        while databases.database_exists(session, kept := f"{domain.name_prefix(live_name)}{now:%Y%m%d_%H%M%S}"):
            now += timedelta(seconds=1)
        comments = [
            domain.kept_comment(live_name, f"{now:%Y-%m-%d %H:%M:%S}", live.comment),
            domain.original_comment(incoming.comment) or "",
        ]
        ender = catalog.SessionEnder(second, tuple(names))
        began = time.monotonic()
        while not catalog.attempt_swap(session, ender, live, incoming, kept, comments):
            waited = time.monotonic() - began
            working = ender.list_sessions()
            if waited >= drain_s:
                if ender.may_end_working or not end_sessions:
                    raise _in_use(live_name, working, waited, end_sessions=end_sessions)
                ender.may_end_working = True
                emit(Noted(f"ending {count_text(len(working), 'session')} at work", warning=True))
                continue
            emit(Waiting(f"the sessions of {live_name}", waited, tuple(working)))
            time.sleep(min(PAUSE_S, max(drain_s - waited, 0)))
        note.summary = f"the replaced database is {kept}; {count_text(ender.ended, 'session')} ended"
    return Swap(live_name, incoming_name, kept, ender.ended, _compare_properties(live, incoming))


def _in_use(live: str, working: list[Blocker], waited: float, *, end_sessions: bool) -> Busy:
    steps = () if end_sessions else ("the same command with --end-sessions   (what they are doing is rolled back)",)
    return Busy(
        f"{count_text(len(working), 'session')} still at work in {live} after {waited:.0f} s",
        code=ErrorCode.DATABASE_IN_USE,
        why=(
            "our role may not end them: it needs to be a member of their roles, or of pg_signal_backend"
            if end_sessions
            else "a database cannot be renamed while somebody is connected to it"
        ),
        blockers=tuple(working),
        remains=Remains.UNCHANGED,
        instead=("stop the application, and run the same command again", "wait longer: --drain SECONDS", *steps),
    )


def _compare_properties(live: SwappableDatabase, incoming: SwappableDatabase) -> tuple[str, ...]:
    """What the database that came in has otherwise than the one that it replaced."""
    pairs = (
        ("owner", live.owner, incoming.owner),
        ("grants", live.grants, incoming.grants),
        ("connection limit", live.connection_limit, incoming.connection_limit),
        ("settings (ALTER DATABASE … SET)", live.settings, incoming.settings),
    )
    different = [what for what, before, after in pairs if before != after]
    remarks = [f"the two databases differ in: {', '.join(different)}"] if different else []
    if live.slots:
        remarks.append(f"the logical replication slots stay with the replaced database: {live.slots}")
    return tuple(remarks)


@contextmanager
def _maintenance_session(conninfo: str, others: set[str]) -> Iterator[Session]:
    """A session that may rename databases, connected to none of those two. Raises RightMissing, Unreachable."""
    with ExitStack() as stack:
        session = _connect_maintenance(stack, conninfo, [name for name in MAINTENANCE if name not in others])
        databases.allow_writes(session)
        databases.require_createdb(session)
        yield session


def _connect_maintenance(stack: ExitStack, conninfo: str, names: list[str]) -> Session:
    for name in names:
        try:
            return stack.enter_context(connect(conninfo, application="rowkeep restore", dbname=name))
        except Unreachable as error:
            if name == names[-1]:
                raise error.with_next_steps(
                    "allow connections to the database postgres: a database is renamed from another one"
                ) from None
    raise AssertionError("there is always a maintenance database")
