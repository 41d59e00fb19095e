"""ALTER COLUMN … TYPE seen as a whole: over domains, casts of a USING and the session's time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from itertools import pairwise

from rowkeep.domain.act import ChangeType, TypeName
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.known import KnownDomain
from rowkeep.knowledge.conversions import keeps_bytes, may_keep_bytes, plain
from rowkeep.knowledge.types import is_known_type

Domains = Callable[[TypeName], KnownDomain | None]
_UTC = frozenset({"utc", "gmt", "etc/utc", "etc/gmt", "zulu", "universal", "uct", "etc/uct", "z", "0", "gmt0"})
_UNLIMITED = frozenset({"text", "varchar", "numeric", "citext"})


class Rewrite(Enum):
    """Whether the table is written anew."""

    YES = "yes"
    MAYBE = "it depends on the old type, or on the server's time zone"
    HARDLY = "it depends, and mostly this is how a limit is taken away"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Retype:
    """A column's way from one type to another.

    old: None where the text does not tell it. casts: of the column in a USING, then the new type. is_plain: the USING
    is no more than that. zone: what SET says of TimeZone, None for nothing.
    """

    old: TypeName | None
    casts: tuple[TypeName, ...]
    is_plain: bool = True
    zone: str | None = None

    @classmethod
    def of(cls, act: ChangeType, old: TypeName | None, zone: str | None) -> Retype:
        """The change that `act` makes of a column of type `old`."""
        using = act.using
        casts = (*(using.casts if using is not None else ()), act.type)
        return cls(old, casts, using is None or using.cast_of == act.column.name, zone)

    @property
    def new(self) -> TypeName:
        """The type in the end."""
        return self.casts[-1]

    def rewrites(self, domains: Domains) -> Rewrite:
        """Whether PostgreSQL writes the table anew. domains: what the text tells of a domain."""
        if not self.is_plain:
            return Rewrite.YES
        if self.old is None:
            return self._of_any_type(domains)
        kept = [self._keeps(domains, utc=utc) for utc in (True, False)]
        if kept[0] == kept[1]:
            return Rewrite.NO if kept[0] else Rewrite.YES
        if self.zone is None:
            return Rewrite.MAYBE
        return Rewrite.NO if self.zone.lower() in _UTC else Rewrite.YES

    def _keeps(self, domains: Domains, *, utc: bool) -> bool:
        now = self.old
        for step in self.casts:
            domain = domains(step)
            if now == step:
                continue
            if domain is not None and domain.is_constrained:
                return False
            if now is None or not keeps_bytes(_under(now, domains), base(step, domains), utc=utc):
                return False
            now = step
        return True

    def _of_any_type(self, domains: Domains) -> Rewrite:
        new = base(self.new, domains)
        domain = domains(self.new)
        if domain is not None and domain.is_constrained:
            return Rewrite.YES
        # A cast by way of another type keeps the bytes only if that type has the same.
        chain = [base(step, domains) for step in self.casts]
        if any(not keeps_bytes(one, two, utc=True) for one, two in pairwise(chain)):
            return Rewrite.YES
        if is_known_type(new) and not may_keep_bytes(new):
            return Rewrite.YES
        if self.zone is not None and new.name in ("timestamp", "timestamptz") and self.zone.lower() not in _UTC:
            return Rewrite.YES
        return Rewrite.HARDLY if new.name in _UNLIMITED and not new.modifiers else Rewrite.MAYBE


def base(kind: TypeName, domains: Domains) -> TypeName:
    """What a domain is made of in the end, an integer for a serial; every other type as it is."""
    seen = set()
    while (domain := domains(kind)) is not None and domain.key not in seen:
        seen.add(domain.key)
        kind = domain.type
    return plain(kind)


def _under(kind: TypeName, domains: Domains) -> TypeName:
    """What a domain's values are: its length is not known of them any more."""
    below = base(kind, domains)
    return below if domains(kind) is None else replace(below, modifiers=())
