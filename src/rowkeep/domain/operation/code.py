"""Operations that bring code: functions, DO blocks, prepared statements."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.operation.base import Name, Operation


@dataclass(frozen=True, slots=True)
class CreateFunction(Operation):
    """CREATE FUNCTION or PROCEDURE. What its body does follows as operations of their own, inside a FUNCTION frame.

    search_path: the one it sets, None if it sets none. volatility: volatile, stable, immutable.
    reads_body: whether the body was read (SQL and PL/pgSQL); other languages are not. types: of its inputs.
    """

    function: Name
    language: str
    is_procedure: bool = False
    replace: bool = False
    security_definer: bool = False
    search_path: str | None = None
    volatility: str = "volatile"
    returns: str = ""
    reads_body: bool = True
    arguments: int = 0
    types: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    """The names of its input arguments, '' where one has none."""
    is_atomic: bool = False
    """BEGIN ATOMIC or RETURN: names are resolved now, not when it runs."""


@dataclass(frozen=True, slots=True)
class AlterFunction(Operation):
    """ALTER FUNCTION … options. options: as text (`security`, `volatility`, `set`: `search_path = app, pg_temp` …)."""

    function: Name
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DoBlock(Operation):
    """DO. What it does follows as operations of their own, inside a DO frame. reads_body as of CreateFunction."""

    language: str
    reads_body: bool = True


@dataclass(frozen=True, slots=True)
class Returns(Operation):
    """RETURN NULL or RETURN OLD in PL/pgSQL, the result of a trigger. value: in lower case."""

    value: str


@dataclass(frozen=True, slots=True)
class Prepare(Operation):
    """PREPARE. What it does follows as operations of their own, inside a PREPARED frame."""

    name: Name


@dataclass(frozen=True, slots=True)
class ExecutePrepared(Operation):
    """EXECUTE of a prepared statement."""

    name: Name
