"""Statements of every kind to acts. One file per family; a family registers the node types it reads."""

from __future__ import annotations

from rowkeep.domain.operation import Opaque, Operation, Unjudged, Unmodelled
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.operations import bodies, data, drops, generic, indexes, objects, privileges, session, tables
from rowkeep.parse.reader import StatementReader

HANDLERS = {
    **tables.HANDLERS,
    **indexes.HANDLERS,
    **drops.HANDLERS,
    **data.HANDLERS,
    **objects.HANDLERS,
    **generic.HANDLERS,
    **privileges.HANDLERS,
    **session.HANDLERS,
    **bodies.HANDLERS,
}


def operations_of(reader: StatementReader, kind: str, node: Node) -> tuple[Operation, ...]:
    """What the statement `node` of type `kind` does. Never empty, never raises: what is not understood says so."""
    handler = HANDLERS.get(kind)
    if handler is None:
        return (Unmodelled(reader.whole, reader.inside, kind),)
    try:
        return tuple(handler(reader, node))
    except RecursionError:
        return (Unjudged(reader.whole, reader.inside, "the statement", "its parts are nested too deeply"),)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__} while reading {kind}; please report this statement"
        return (Opaque(reader.whole, reader.inside, "a statement that Rowkeep reads wrongly", why),)
