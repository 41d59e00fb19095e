"""A rule: its name, severity, claims about PostgreSQL, and checks; and its header, which is known without it."""

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

    lock: the strongest lock on it, None if none matters. rewrites: the table is rewritten into a new file. scans: it
    is read completely. fails: the example is refused with this SQLSTATE. majors: where this holds; empty means all.
    """

    on: str
    lock: LockMode | None = None
    rewrites: bool = False
    scans: bool = False
    fails: str = ""
    majors: tuple[int, ...] = ()


class RuleHeader:
    """What is known of a rule without its module: enough to select it, and to know when it is needed.

    code: never reused. stored: whether it also checks function bodies that do not run now, with a severity one lower;
    otherwise only code that runs with the migration counts. witnessed: only the witness server can report it, not the
    analysis of the text. operations: the names of the operations that it checks.
    """

    __slots__ = ("category", "code", "name", "operations", "severity", "stored", "witnessed")

    def __init__(
        self,
        name: str,
        code: str,
        category: Category,
        severity: Severity,
        stored: bool,
        witnessed: bool,
        operations: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.code = code
        self.category = category
        self.severity = severity
        self.stored = stored
        self.witnessed = witnessed
        self.operations = operations

    @property
    def groups(self) -> tuple[str, ...]:
        """The words that select it in the configuration: its name, its code, its category, `all`."""
        return (self.name, self.code, self.category.value, "all")


class Rule(RuleHeader):
    """One rule. Its module's docstring is its page. File, rule and page have the same name.

    peers: what other tools call it (`squawk:ban-drop-table`). The rest is as in `RuleHeader`.
    """

    __slots__ = ("checks", "claims", "module", "peers")

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
        name = module.rpartition(".")[2].replace("_", "-")
        stored = category in (Category.DATA, Category.SECURITY) if stored is None else stored
        super().__init__(name, code, category, severity, stored, witnessed)
        self.module = module
        self.peers = peers
        self.claims = claims
        self.checks: dict[type[Operation], tuple[Check, ...]] = {}

    def __repr__(self) -> str:
        return f"Rule({self.code} {self.name})"

    def on(self, kind: type[A]) -> Callable[[Callable[[A, Context], Iterable[Violation]]], Check]:
        """Register a check for operations of `kind`: a function of operation and context that yields violations."""

        def declare(check: Callable[[A, Context], Iterable[Violation]]) -> Check:
            self.checks[kind] = (*self.checks.get(kind, ()), check)
            self.operations = tuple(sorted({*self.operations, kind.__name__}))
            return check

        return declare

    def reports(self, hint: str) -> None:
        """Report the remarks of the file readers that have this rule's name. hint: what to do about them."""

        def check(operation: Notice, context: Context) -> Iterable[Violation]:
            if operation.kind == self.name:
                yield Violation(operation.span, operation.message, hint, doubtful=not operation.fatal)

        self.on(Notice)(check)
