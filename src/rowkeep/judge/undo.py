"""What ROLLBACK takes back: the memory of the judge as it was when the transaction or the savepoint began."""

from __future__ import annotations

from rowkeep.domain.act import Transaction
from rowkeep.domain.known import Known


class Undo:
    """Where a section stands between its BEGINs, SAVEPOINTs and ROLLBACKs. Made only for a section that has one."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.begin = known.copy()
        self.savepoints: dict[str, Known] = {}

    def follow(self, act: Transaction) -> None:
        """Keep, or bring back, what is known. A ROLLBACK without a BEGIN takes back what the runner has begun."""
        match act.action:
            case "BEGIN" | "COMMIT":
                self.begin = self.known.copy()
                self.savepoints.clear()
            case "SAVEPOINT":
                self.savepoints[act.name] = self.known.copy()
            case "ROLLBACK TO":
                if act.name in self.savepoints:
                    self.known.restore(self.savepoints[act.name])
            case "ROLLBACK":
                self.known.restore(self.begin)
                self.savepoints.clear()
