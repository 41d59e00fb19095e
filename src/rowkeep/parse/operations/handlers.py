"""Registers the handlers of all statement types. One file per family; each lists the node types it reads."""

from __future__ import annotations

from rowkeep.parse.operations import bodies, data, drops, generic, indexes, objects, privileges, session, tables
from rowkeep.parse.operations.registry import operations_of, register

__all__ = ["operations_of"]

for _family in (tables, indexes, drops, data, objects, generic, privileges, session, bodies):
    register(_family.HANDLERS)
