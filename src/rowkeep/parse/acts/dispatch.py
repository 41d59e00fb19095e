"""Statements of every kind to acts. One file per family; a family registers the node types it reads."""

from __future__ import annotations

from rowkeep.domain.act import Act, Opaque, Unjudged, Unmodelled
from rowkeep.parse.acts import bodies, data, drops, indexes, more, rights, session, tables, things
from rowkeep.parse.library import Node
from rowkeep.parse.reader import Reader

HANDLERS = {
    **tables.HANDLERS,
    **indexes.HANDLERS,
    **drops.HANDLERS,
    **data.HANDLERS,
    **things.HANDLERS,
    **more.HANDLERS,
    **rights.HANDLERS,
    **session.HANDLERS,
    **bodies.HANDLERS,
}


def acts(reader: Reader, kind: str, node: Node) -> tuple[Act, ...]:
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
