"""What ROLLBACK restores: the schema state at the start of the transaction or the savepoint."""

from __future__ import annotations

from rowkeep.domain.operation import Transaction
from rowkeep.domain.schema.schema_state import SchemaState


class RollbackTracker:
    """Where a section stands between its BEGINs, SAVEPOINTs and ROLLBACKs. Made only for a section that has one."""

    def __init__(self, known: SchemaState) -> None:
        self.known = known
        self.begin = known.copy()
        self.savepoints: dict[str, SchemaState] = {}

    def follow(self, operation: Transaction) -> None:
        """Keep, or bring back, what is known. A ROLLBACK without a BEGIN takes back what the runner has begun."""
        match operation.action:
            case "BEGIN" | "COMMIT":
                self.begin = self.known.copy()
                self.savepoints.clear()
            case "SAVEPOINT":
                self.savepoints[operation.name] = self.known.copy()
            case "ROLLBACK TO":
                if operation.name in self.savepoints:
                    self.known.restore(self.savepoints[operation.name])
            case "ROLLBACK":
                self.known.restore(self.begin)
                self.savepoints.clear()
