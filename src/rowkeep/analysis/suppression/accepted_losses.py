"""A loss that is accepted by name answers the finding about the same object, too: one consent for lint and guard."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.lint.finding import Suppression
from rowkeep.domain.operation import (
    ChangeType,
    Delete,
    DropColumn,
    DropObject,
    Insert,
    Merge,
    Name,
    Operation,
    Truncate,
    Update,
)
from rowkeep.domain.source import Source, Span
from rowkeep.parse.text.accepted_losses import AcceptedLoss, read_accepted_losses

LostObject = tuple[Name, Name | None]
"""A table, sequence or the like; and a column of it, if only that is lost."""


@dataclass(frozen=True, slots=True)
class AcceptedLosses:
    """What may be lost: by the comments of a section, and by `--accept-loss`.

    schemas: where a name without a schema may be. options: names with the reason given for them.
    """

    source: Source
    comments: tuple[AcceptedLoss, ...]
    options: Mapping[str, str]
    schemas: Collection[str]

    def find_consent(self, rule: str, operation: Operation) -> Suppression | None:
        """The consent to a finding of `rule` about this operation: everything that it says is lost is accepted."""
        if operation.is_stored or not (self.comments or self.options):
            return None
        lost = list(find_lost_objects(rule, operation))
        consents = [self._find(table, column) for table, column in lost]
        if not lost or None in consents:
            return None
        reason, span = consents[0] or ("", Span(0, 0))
        return Suppression((rule,), reason, self.source, span)

    def _find(self, table: Name, column: Name | None) -> tuple[str, Span] | None:
        schemas = self.schemas if table.schema is None else (table.schema,)
        names = {f"{schema}.{table.name}" for schema in schemas}
        if column is not None:
            names |= {f"{name}.{column.name}" for name in names}
        for comment in self.comments:
            if not names.isdisjoint(comment.names):
                return comment.reason, comment.span
        for name in names & self.options.keys():
            return self.options[name], Span(0, 0)
        return None


def read_section(
    source: Source, section: Span, *, python: bool, options: Mapping[str, str], schemas: Collection[str]
) -> AcceptedLosses:
    """The consents for one section of a file."""
    text = source.text[section.start : section.end]
    comments = tuple(
        AcceptedLoss(loss.names, loss.reason, Span(section.start + loss.span.start, section.start + loss.span.end))
        for loss in read_accepted_losses(text, python=python)
    )
    return AcceptedLosses(source, comments, options, schemas)


def name_lost_objects(rule: str, operation: Operation, schemas: Collection[str]) -> tuple[str, ...]:
    """The names to accept for a finding. A name without a schema is taken to be in the first of `schemas`."""
    if operation.is_stored:
        return ()
    lost = find_lost_objects(rule, operation)
    first = next(iter(schemas), "public")
    return tuple(
        ".".join((table.schema or first, table.name, *((column.name,) if column is not None else ())))
        for table, column in lost
        if not table.is_unknown
    )


def find_lost_objects(rule: str, operation: Operation) -> Iterator[LostObject]:
    """What an operation takes away by the words of this rule; nothing where that is more than the names in it say."""
    match rule, operation:
        case ("drop-table" | "drop-sequence", DropObject(name=name)):
            yield name, None
        case ("drop-column", DropColumn(table=table, column=column)):
            yield table, column
        case ("truncate-table", Truncate(table=table, cascade=False)):
            yield table, None
        case ("delete-all-rows", Delete(table=table)) | ("merge-deletes-rows", Merge(table=table)):
            yield table, None
        case ("type-change-loses-values", ChangeType(table=table, column=column)):
            yield table, column
        case ("update-all-rows", Update(table=table, columns=columns)):
            yield from ((table, column) for column in columns)
        case ("update-overwrites-values", Update() | Merge() | Insert()):
            yield from ((operation.table, column) for column in operation.loses)
