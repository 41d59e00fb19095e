"""The statements of PL/pgSQL (manual, 43), as far as they run SQL."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.parse.text.mapped_text import MappedText


@dataclass(frozen=True, slots=True)
class Variable:
    """A declaration. type: in lower case; default: its expression."""

    name: str
    type: str
    default: MappedText | None = None
    query: MappedText | None = None
    """Of a cursor."""


@dataclass(frozen=True, slots=True)
class Handler:
    """WHEN conditions THEN body. conditions: as written, in lower case."""

    conditions: str
    body: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """[DECLARE …] BEGIN … [EXCEPTION …] END."""

    text: MappedText
    variables: tuple[Variable, ...]
    body: tuple[Node, ...]
    handlers: tuple[Handler, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """IF and CASE: (condition, body) pairs; the ELSE has the condition None. subject: of CASE."""

    text: MappedText
    arms: tuple[tuple[MappedText | None, tuple[Node, ...]], ...]
    subject: MappedText | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """RETURN NULL and RETURN OLD; every other RETURN is a Perform."""

    text: MappedText


@dataclass(frozen=True, slots=True)
class Loop:
    """LOOP, WHILE, FOR, FOREACH. target: the loop's variable. One of query (SQL), dynamic (EXECUTE), values
    (expressions) may be set; counts: over integers."""

    text: MappedText
    body: tuple[Node, ...]
    target: str = ""
    query: MappedText | None = None
    dynamic: MappedText | None = None
    values: tuple[MappedText, ...] = ()
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement of SQL, without its INTO; into: the variables that it fills."""

    text: MappedText
    into: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Perform:
    """PERFORM, and everything else that only evaluates expressions."""

    expressions: tuple[MappedText, ...]


@dataclass(frozen=True, slots=True)
class Assign:
    """target := expression."""

    target: str
    expression: MappedText


@dataclass(frozen=True, slots=True)
class Execute:
    """EXECUTE of a text. using: its parameters."""

    text: MappedText
    expression: MappedText
    using: tuple[MappedText, ...] = ()
    into: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """COMMIT and ROLLBACK."""

    text: MappedText
    action: str
    chain: bool


@dataclass(frozen=True, slots=True)
class PlpgsqlFault:
    """A syntax error."""

    text: MappedText
    message: str


Node = Block | Choice | Return | Loop | Sql | Perform | Assign | Execute | Control | PlpgsqlFault
