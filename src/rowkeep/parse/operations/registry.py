"""The one place that maps a statement's node type to its handler.

Statements contain statements: CREATE FUNCTION has a body, PREPARE and EXPLAIN hold a query, EXECUTE runs a text. A
handler reads them by `operations_of` from this module, which imports no handler. `handlers.py` imports every handler
and registers it; `rowkeep.parse` imports `handlers`, so the registry is full before anything is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from rowkeep.domain.operation import Opaque, Operation, Unjudged, Unmodelled
from rowkeep.parse.libpg_query import Node
from rowkeep.parse.reader import StatementReader

Handler = Callable[[StatementReader, Node], Iterable[Operation]]

_HANDLERS: dict[str, Handler] = {}


def register(handlers: Mapping[str, Handler]) -> None:
    """Add the handlers of one family, by node type. Raises ValueError where a node type has a handler already."""
    taken = _HANDLERS.keys() & handlers.keys()
    if taken:
        raise ValueError(f"two handlers for {', '.join(sorted(taken))}")
    _HANDLERS.update(handlers)


def operations_of(reader: StatementReader, kind: str, node: Node) -> tuple[Operation, ...]:
    """What the statement `node` of type `kind` does. Never empty, never raises: a statement that is not
    understood becomes an operation that says so."""
    handler = _HANDLERS.get(kind)
    if handler is None:
        return (Unmodelled(reader.whole, reader.inside, kind),)
    try:
        return tuple(handler(reader, node))
    except RecursionError:
        return (Unjudged(reader.whole, reader.inside, "the statement", "its parts are nested too deeply"),)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__} while reading {kind}; please report this statement"
        return (Opaque(reader.whole, reader.inside, "a statement that Rowkeep reads wrongly", why),)
