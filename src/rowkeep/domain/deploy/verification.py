"""What a comparison of a database with its expected structure showed."""

from __future__ import annotations

from rowkeep.domain.frozen import dataclass
from rowkeep.domain.schema.structure import Difference, ExpectedStructure, HealthConcern, Structure


@dataclass(frozen=True, slots=True)
class Verification:
    """A database's structure and state.

    expected: what the structure was compared with; None where nothing was ever recorded. structure: the present one;
    None where it was not read because there is nothing to compare it with. differences: items that are not as
    expected. concerns: states that no structure shows, such as an invalid index.
    """

    expected: ExpectedStructure | None
    structure: Structure | None
    differences: tuple[Difference, ...]
    concerns: tuple[HealthConcern, ...]

    @property
    def ok(self) -> bool:
        """No difference was found, and no concern that is a fault. Also true where there was nothing to compare."""
        return not self.differences and not any(concern.fault for concern in self.concerns)
