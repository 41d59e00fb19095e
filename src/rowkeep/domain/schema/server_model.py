"""What a scratch server must have in common with a database, so that the same SQL makes the same structure there."""

from __future__ import annotations

from rowkeep.domain.deploy.backup import DatabaseProperties, Extension, SavedRole
from rowkeep.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class ServerModel:
    """The major, and what is created before anything else. user: the role that runs the migrations; None: no role.

    public_owner: of the schema `public`; None where it is not known. extensions: those of the database;
    extension_schemas: (extension, schema of its objects).
    """

    major: int
    user: str | None = None
    roles: tuple[SavedRole, ...] = ()
    properties: DatabaseProperties | None = None
    extensions: tuple[Extension, ...] = ()
    public_owner: str | None = None
    extension_schemas: tuple[tuple[str, str], ...] = ()
