"""ALTER COLUMN … TYPE with domains, casts of a USING and the session's time zone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from rowkeep.domain.enumeration import Enum
from rowkeep.domain.frozen import dataclass, replace
from rowkeep.domain.operation import ChangeType, TypeName
from rowkeep.domain.schema.schema_state import KnownDomain
from rowkeep.knowledge.types.known_types import is_known_type
from rowkeep.knowledge.types.type_conversions import keeps_bytes, may_keep_bytes, stored_type

Domains = Callable[[TypeName], KnownDomain | None]
_UTC = frozenset({"utc", "gmt", "etc/utc", "etc/gmt", "zulu", "universal", "uct", "etc/uct", "z", "0", "gmt0"})
_UNLIMITED = frozenset({"text", "varchar", "numeric", "citext"})


class RewriteNeed(Enum):
    """Whether the table is rewritten."""

    YES = "yes"
    MAYBE = "it depends on the old type, or on the server's time zone"
    HARDLY = "it depends, and mostly this is how a limit is taken away"
    NO = "no"


@dataclass(frozen=True, slots=True)
class TypeChange:
    """A change of a column's type.

    old: None if unknown. casts: of the column in a USING, then the new type. is_plain: the USING is nothing else.
    zone: the TimeZone set by SET, or None.
    """

    old: TypeName | None
    casts: tuple[TypeName, ...]
    is_plain: bool = True
    zone: str | None = None

    @classmethod
    def of(cls, operation: ChangeType, old: TypeName | None, zone: str | None) -> TypeChange:
        """The change that `operation` makes to a column of type `old`."""
        using = operation.using
        casts = (*(using.casts if using is not None else ()), operation.type)
        return cls(old, casts, using is None or using.cast_of == operation.column.name, zone)

    @property
    def new(self) -> TypeName:
        """The new type."""
        return self.casts[-1]

    def rewrites(self, domains: Domains) -> RewriteNeed:
        """Whether PostgreSQL rewrites the table. domains: looks up a known domain."""
        if not self.is_plain:
            return RewriteNeed.YES
        if self.old is None:
            return self._of_any_type(domains)
        kept = [self._keeps(domains, utc=utc) for utc in (True, False)]
        if kept[0] == kept[1]:
            return RewriteNeed.NO if kept[0] else RewriteNeed.YES
        if self.zone is None:
            return RewriteNeed.MAYBE
        return RewriteNeed.NO if self.zone.lower() in _UTC else RewriteNeed.YES

    def _keeps(self, domains: Domains, *, utc: bool) -> bool:
        now = self.old
        for step in self.casts:
            domain = domains(step)
            if now == step:
                continue
            if domain is not None and domain.is_constrained:
                return False
            if now is None or not keeps_bytes(_under(now, domains), base_type(step, domains), utc=utc):
                return False
            now = step
        return True

    def _of_any_type(self, domains: Domains) -> RewriteNeed:
        new = base_type(self.new, domains)
        domain = domains(self.new)
        if domain is not None and domain.is_constrained:
            return RewriteNeed.YES
        # A cast through another type keeps the bytes only if that type has the same bytes.
        chain = [base_type(step, domains) for step in self.casts]
        if any(not keeps_bytes(one, two, utc=True) for one, two in pairwise(chain)):
            return RewriteNeed.YES
        if is_known_type(new) and not may_keep_bytes(new):
            return RewriteNeed.YES
        if self.zone is not None and new.name in ("timestamp", "timestamptz") and self.zone.lower() not in _UTC:
            return RewriteNeed.YES
        return RewriteNeed.HARDLY if new.name in _UNLIMITED and not new.modifiers else RewriteNeed.MAYBE


def base_type(kind: TypeName, domains: Domains) -> TypeName:
    """The base type of a domain, an integer for a serial; any other type unchanged."""
    seen = set()
    while (domain := domains(kind)) is not None and domain.key not in seen:
        seen.add(domain.key)
        kind = domain.type
    return stored_type(kind)


def _under(kind: TypeName, domains: Domains) -> TypeName:
    """The type of a domain's values, without a length."""
    below = base_type(kind, domains)
    return below if domains(kind) is None else replace(below, modifiers=())
