"""Roles: what is wanted of them, what a server has, the changes between the two, and what an audit finds."""

from __future__ import annotations

from dataclasses import field

from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Two roles and where they work.

    bot: the application's role: SELECT, INSERT and UPDATE, nothing that destroys. migration: the role that changes the
    structure. owner: the role that owns it (the migration role itself, unless a role without login is named).
    schemas: where the bot works. deletable: tables (`public.carts`) in which the bot may also DELETE.
    secrets: (role, where its password comes from) for roles that shall get one; all_secrets: also if they exist.
    """

    bot: str
    migration: str
    owner: str
    schemas: tuple[str, ...]
    deletable: frozenset[str] = frozenset()
    secrets: tuple[tuple[str, str], ...] = ()
    all_secrets: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the cluster. sessions: how many it has open now; settings: `statement_timeout=30s`, also per database.

    bootstrap: the superuser that initdb made, which can never be less.
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
class Grant:
    """One right that an object's access list gives. grantee: a role, or '' for PUBLIC."""

    grantee: str
    right: str
    grantable: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """An object, who owns it, and what the bot may do with it.

    kind: PostgreSQL's word (`table`, `sequence`, `schema` …); identity: its name as the server writes it. able: rights
    the bot uses as itself; reachable: rights of it or of any role it can become; grants: the access list, as far as it
    concerns those roles or PUBLIC; by_column: rights the bot has on some columns only; follows: its owner is that of
    its table; extension: belongs to an extension, which nobody but the extension changes.
    """

    kind: str
    schema: str
    identity: str
    owner: str
    extension: bool = False
    follows: bool = False
    able: frozenset[str] = frozenset()
    reachable: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()
    by_column: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FutureGrants:
    """Default privileges: what objects get that `creator` will make in `schema` ('' = everywhere).

    objects: `TABLES`, `SEQUENCES`, `FUNCTIONS`, `TYPES`, `SCHEMAS` or `LARGE OBJECTS`.
    """

    creator: str
    schema: str
    objects: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """A way around the rights, found in the catalog. kind: a word of `roles.holes`; details: its further names."""

    kind: str
    subject: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a server says about roles, as seen by `me`, in one database."""

    version_num: int
    me: str
    database: Holding
    roles: tuple[Role, ...]
    memberships: tuple[Membership, ...]
    schemas: tuple[Holding, ...] = ()
    relations: tuple[Holding, ...] = ()
    objects: tuple[Holding, ...] = ()
    futures: tuple[FutureGrants, ...] = ()
    holes: tuple[Hole, ...] = ()

    @property
    def major(self) -> int:
        """The server's major version."""
        return self.version_num // 10000

    def role(self, name: str) -> Role | None:
        """The role `name`, if there is one."""
        return next((role for role in self.roles if role.name == name), None)


@dataclass(frozen=True, slots=True)
class Change:
    """Statements that belong together. takes_from: roles (`PUBLIC` for all) that lose rights they may be using.

    secret: the role whose password the statement sets; the text shows where it comes from, never what it is.
    """

    why: str
    statements: tuple[str, ...]
    takes_from: tuple[str, ...] = ()
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class RolesPlan:
    """Everything that is missing, in order, for one transaction. remarks: what a person should know or decide."""

    wanted: Wanted
    database: str
    version_num: int
    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()
    sessions: tuple[tuple[str, int], ...] = field(default=())

    @property
    def takes_in_use(self) -> tuple[tuple[str, int], ...]:
        """Roles that lose rights and have sessions now, with the number of these."""
        losing = {role for change in self.changes for role in change.takes_from}
        return tuple((role, count) for role, count in self.sessions if count and role in losing)
