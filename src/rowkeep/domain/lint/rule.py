"""A rule: its name, its weight, what it claims about PostgreSQL, and its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.finding import Category, Severity, Violation
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.operation import Notice, Operation

A = TypeVar("A", bound=Operation)
Check = Callable[[Any, Context], Iterable[Violation]]


@dataclass(frozen=True, slots=True)
class LockClaim:
    """What the first unsafe example of the rule's page does to the table `on`, measured on a server by the tests.

    lock: the strongest lock on it, None for none that matters. rewrites: it is stored anew, in another file. scans: it
    is read from end to end. fails: the example is refused with this SQLSTATE. majors: where this holds; empty is all.
    """

    on: str
    lock: LockMode | None = None
    rewrites: bool = False
    scans: bool = False
    fails: str = ""
    majors: tuple[int, ...] = ()


class Rule:
    """One rule. Its module's docstring is its page; its file, its name and its page are the same word.

    code: never reused. peers: what other tools call it (`squawk:ban-drop-table`). stored: whether it also judges what
    a function's body would do, which is then one step softer; without it only what runs with the migration counts.
    witnessed: only a server shows what it finds, never the text.
    """

    def __init__(
        self,
        module: str,
        *,
        code: str,
        category: Category,
        severity: Severity,
        peers: tuple[str, ...] = (),
        claims: tuple[LockClaim, ...] = (),
        stored: bool | None = None,
        witnessed: bool = False,
    ) -> None:
        self.module = module
        self.name = module.rpartition(".")[2].replace("_", "-")
        self.code = code
        self.category = category
        self.severity = severity
        self.peers = peers
        self.claims = claims
        self.stored = category in (Category.DATA, Category.SECURITY) if stored is None else stored
        self.witnessed = witnessed
        self.checks: dict[type[Operation], tuple[Check, ...]] = {}

    def __repr__(self) -> str:
        return f"Rule({self.code} {self.name})"

    def on(self, kind: type[A]) -> Callable[[Callable[[A, Context], Iterable[Violation]]], Check]:
        """Declare a check for acts of `kind`: a function of the act and its context that yields faults."""

        def declare(check: Callable[[A, Context], Iterable[Violation]]) -> Check:
            self.checks[kind] = (*self.checks.get(kind, ()), check)
            return check

        return declare

    def reports(self, hint: str) -> None:
        """Declare that the rule passes on what a reader noticed under its name. hint: what to do about it."""

        def check(operation: Notice, context: Context) -> Iterable[Violation]:
            if operation.kind == self.name:
                yield Violation(operation.span, operation.message, hint, doubtful=not operation.fatal)

        self.on(Notice)(check)

    @property
    def groups(self) -> tuple[str, ...]:
        """The words by which a configuration can mean it: its name, its code, its promise, `all`."""
        return (self.name, self.code, self.category.value, "all")
