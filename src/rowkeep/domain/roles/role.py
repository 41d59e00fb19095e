"""Roles: the wanted ones, those of a server, and the changes between the two."""

from __future__ import annotations

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class WantedRoles:
    """The wanted roles and where they work.

    bot: the application's role: SELECT, INSERT and UPDATE, nothing that destroys. migration: the role that changes the
    structure. owner: the role that owns it (the migration role itself, unless a role without login is named).
    schemas: where the bot works. deletable: tables (`public.carts`) in which the bot may also DELETE.
    secrets: (role, source of its password) for roles that get one; all_secrets: also for existing roles. read_only:
    tables of migration tools (`public.pgmigrations`) that the bot may read and never write.
    """

    bot: str
    migration: str
    owner: str
    schemas: tuple[str, ...]
    deletable: frozenset[str] = frozenset()
    secrets: tuple[tuple[str, str], ...] = ()
    all_secrets: bool = False
    read_only: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ServerRole:
    """A role of the cluster. sessions: how many it has open now; settings: `statement_timeout=30s`, also per database.

    bootstrap: the superuser that initdb created, which always stays one.
    """

    oid: int
    name: str
    login: bool
    inherit: bool
    superuser: bool
    createdb: bool
    createrole: bool
    replication: bool
    bypassrls: bool
    bootstrap: bool
    connection_limit: int
    sessions: int
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Membership:
    """`member` is in `role`. Before PostgreSQL 16 every membership can SET ROLE, and inherits if the member does."""

    role: str
    member: str
    grantor: str
    admin: bool
    inherit: bool
    set: bool


@dataclass(frozen=True, slots=True)
class ObjectGrant:
    """One right that an object's access list gives. grantee: a role, or '' for PUBLIC."""

    grantee: str
    right: str
    grantable: bool = False


@dataclass(frozen=True, slots=True)
class OwnedObject:
    """An object, who owns it, and what the bot may do with it.

    kind: PostgreSQL's word (`table`, `sequence`, `schema` …); identity: its name as the server writes it. able: rights
    of the bot itself; reachable: rights of the bot or of any role it can become; grants: the access list for those
    roles and PUBLIC; by_column: rights of the bot on some columns only; follows: it always has the owner of its table;
    extension: it belongs to an extension, and only that may change it.
    """

    kind: str
    schema: str
    identity: str
    owner: str
    extension: bool = False
    follows: bool = False
    able: frozenset[str] = frozenset()
    reachable: frozenset[str] = frozenset()
    grants: tuple[ObjectGrant, ...] = ()
    by_column: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FutureGrants:
    """Default privileges for objects that `creator` will create in `schema` ('' = everywhere).

    objects: `TABLES`, `SEQUENCES`, `FUNCTIONS`, `TYPES`, `SCHEMAS` or `LARGE OBJECTS`.
    """

    creator: str
    schema: str
    objects: str
    grants: tuple[ObjectGrant, ...]


@dataclass(frozen=True, slots=True)
class Bypass:
    """A way around the rights. kind: a word of `roles.holes`; details: further names."""

    kind: str
    subject: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RolesOnServer:
    """The roles of a server, as `me` sees them in one database.

    with_password: the roles that have a password; None if `me` may not see it. address: host and port of the server.
    """

    version_num: int
    me: str
    database: OwnedObject
    roles: tuple[ServerRole, ...]
    memberships: tuple[Membership, ...]
    schemas: tuple[OwnedObject, ...] = ()
    relations: tuple[OwnedObject, ...] = ()
    objects: tuple[OwnedObject, ...] = ()
    futures: tuple[FutureGrants, ...] = ()
    holes: tuple[Bypass, ...] = ()
    with_password: frozenset[str] | None = None
    address: tuple[str, str] = ("", "")

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.version_num // 10000

    def role(self, name: str) -> ServerRole | None:
        """The role `name`, if there is one."""
        return next((role for role in self.roles if role.name == name), None)


@dataclass(frozen=True, slots=True)
class RoleChange:
    """Statements that belong together. takes_from: roles (`PUBLIC` for all) that lose rights; takes: what they lose.

    secret: the role whose password the statement sets; the text shows the source of the password, never the password.
    """

    why: str
    statements: tuple[str, ...]
    takes_from: tuple[str, ...] = ()
    secret: str | None = None
    takes: str = ""


@dataclass(frozen=True, slots=True)
class RightsLoss:
    """A role that loses rights. role: its name, or `PUBLIC`. what: each loss in words.

    sessions: how many affected sessions are open now. who: the affected roles that can log in.
    """

    role: str
    what: tuple[str, ...]
    sessions: int
    who: tuple[str, ...] = ()


class RoleStage(Enum):
    """The state of a stage: DONE, NEXT to do, or LATER. OPEN: only the user can know."""

    DONE = "done"
    NEXT = "next"
    LATER = "later"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class RoleStep:
    """One stage of the change to the wanted roles: its title, state, explanation, and what to type."""

    title: str
    stage: RoleStage
    notes: tuple[str, ...] = ()
    type: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RolesPlan:
    """All changes to make, in two parts, each for one transaction.

    gives: creates roles and grants rights; nobody loses anything. takes: revokes rights, after the first part.
    remarks: for the user to know or decide. losses: who loses what in the second part. steps: the stages from the
    present roles to the wanted ones. without_password: the login roles that have no password and get none by this
    plan, as far as the connected role can see.
    """

    wanted: WantedRoles
    database: str
    version_num: int
    gives: tuple[RoleChange, ...]
    takes: tuple[RoleChange, ...] = ()
    remarks: tuple[str, ...] = ()
    losses: tuple[RightsLoss, ...] = ()
    steps: tuple[RoleStep, ...] = ()
    without_password: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[RoleChange, ...]:
        """Both parts."""
        return (*self.gives, *self.takes)

    @property
    def takes_in_use(self) -> tuple[tuple[str, int], ...]:
        """Roles that lose rights and have sessions now, with the number of these."""
        return tuple((loss.role, loss.sessions) for loss in self.losses if loss.sessions)
