"""What `doctor` measures on this machine, the server and the project. The checks are in `rowkeep.doctor`."""

from __future__ import annotations

from collections.abc import Mapping

from rowkeep.domain.deploy.backup import Backup
from rowkeep.domain.deploy.program import Programs
from rowkeep.domain.frozen import dataclass, field
from rowkeep.domain.history.state import State
from rowkeep.domain.migration import Directory


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Why something could not be measured."""

    what: str
    why: str = ""
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Server, database and session. bytes: of the database.

    provider: of the collation (`libc`, `icu`, `builtin`). summer_time: the session's time zone has daylight saving
    time.
    """

    version_num: int
    version: str
    database: str
    role: str
    superuser: bool
    recovering: bool
    read_only: bool
    bytes: int
    encoding: str
    collation: str
    character_type: str
    provider: str
    locale: str
    collation_version: str
    time_zone: str
    summer_time: bool
    relations: int

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.version_num // 10000


@dataclass(frozen=True, slots=True)
class Collation:
    """The database (is_database), or a collation in it. recorded, now: its versions, '' if none. indexes: that use it.

    The version of the database is not here.
    """

    is_database: bool
    name: str
    icu: bool
    recorded: str
    now: str
    indexes: int

    @property
    def moved(self) -> bool:
        """Whether the collation version changed since the indexes were built."""
        return bool(self.recorded) and self.recorded != self.now


@dataclass(frozen=True, slots=True)
class RoleRights:
    """What the current role may do, and the relations it may not access. large_objects: how many it cannot read."""

    schema_exists: bool
    builds: bool
    makes_schemas: bool
    ledger_exists: bool
    uses_ledger: bool
    not_owned: tuple[str, ...]
    unreadable: tuple[str, ...]
    row_secured: tuple[str, ...]
    large_objects: int
    reads_all: bool
    sees_others: bool
    signals: bool


@dataclass(frozen=True, slots=True)
class ConnectionFacts:
    """How the server is reached. login_pid: backend PID at login; pids: those of later statements.

    seconds: of one query and its answer; skew: how far the server's clock is ahead of ours, in seconds.
    """

    host: str
    port: int
    encrypted: bool
    sslmode: str
    login_pid: int
    pids: tuple[int, ...]
    seconds: float
    skew: float


@dataclass(frozen=True, slots=True)
class OpenTransaction:
    """A transaction of another session, open for `seconds`."""

    pid: int
    role: str
    application: str
    state: str
    seconds: float
    query: str


@dataclass(frozen=True, slots=True)
class ReplicationSlot:
    """A replication slot. bytes: of WAL it retains; database: of a logical slot, else ''."""

    name: str
    kind: str
    active: bool
    wal_status: str
    bytes: int
    database: str


@dataclass(frozen=True, slots=True)
class Standby:
    """A standby of this server. lag: in seconds."""

    application: str
    address: str
    state: str
    lag: float


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """Everything read from the server. unanswered: queries that it refused, with its messages.

    settings: by name. overrides: (role, database, `name=value`), '' for every one. tables: (problem, name).
    publications: (`publication` or `subscription`, name, of every table). prepared: (name, role, seconds).
    aside: settings of this role, database or server that our sessions override, by name;
    replica_aside: whether `session_replication_role` could be. may_set: whether this role may set `deadlock_timeout`;
    None before PostgreSQL 15. state: None if it cannot be read. unsafe: why one of our own tables must not be read.
    """

    server: ServerFacts
    connection: ConnectionFacts
    rights: RoleRights | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[tuple[str, str, str], ...] = ()
    extensions: tuple[tuple[str, str], ...] = ()
    open: tuple[OpenTransaction, ...] = ()
    prepared: tuple[tuple[str, str, float], ...] = ()
    slots: tuple[ReplicationSlot, ...] = ()
    standbys: tuple[Standby, ...] = ()
    publications: tuple[tuple[str, str, bool], ...] = ()
    tables: tuple[tuple[str, str], ...] = ()
    event_triggers: tuple[str, ...] = ()
    aside: Mapping[str, str] = field(default_factory=dict)
    replica_aside: bool = False
    collation_now: str | None = None
    collations: tuple[Collation, ...] = ()
    may_set: bool | None = None
    state: State | None = None
    unsafe: Unavailable | None = None
    unanswered: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PathFacts:
    """A directory or file of this machine. mode: permission bits, None if it is absent; free: bytes, None if unknown.

    device: of the file system it is on, or of the nearest directory above that exists.
    """

    path: str
    mode: int | None
    writable: bool
    free: int | None
    device: int | None


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """This machine. now: UTC, ISO 8601; today: its date as YYYY-MM-DD. git_ignores: by path, if git was asked.

    extensions: that the programs of the server's major can create (None = the directory was not found).
    absent_libraries: shared libraries that an extension needs and this system lacks, by extension. locale: the
    database's collation exists here (None = not asked).
    icu: whether these programs know ICU (None = not known). fetches: missing programs are fetched when needed.
    """

    today: str
    backups: PathFacts
    temporary: PathFacts
    passfile: PathFacts | None = None
    env_file: PathFacts | None = None
    extensions: frozenset[str] | None = None
    absent_libraries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    locale: bool | None = None
    icu: bool | None = None
    fetches: bool = True
    git_ignores: Mapping[str, bool] = field(default_factory=dict)
    now: str = ""


@dataclass(frozen=True, slots=True)
class DoctorFacts:
    """Everything the checks need. database: None if it could not be reached; unreached says why.

    programs: of every major that was found. client, host: those of the server's own major that a backup and a
    throw-away server take, None if there are none; absent says why. directory: None if the migrations could not
    be read; unread says why. backups: all in the configured directory; max_backup_age_h: 0 = no limit.
    """

    machine: MachineFacts
    programs: tuple[Programs, ...] = ()
    client: Programs | None = None
    host: Programs | None = None
    absent: Unavailable | None = None
    database: DatabaseFacts | None = None
    unreached: Unavailable | None = None
    directory: Directory | None = None
    unread: Unavailable | None = None
    backups: tuple[Backup, ...] = ()
    max_backup_age_h: int = 0
