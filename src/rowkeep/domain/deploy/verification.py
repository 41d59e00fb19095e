"""What a comparison of a database with its expected structure showed."""

from __future__ import annotations

from rowkeep.domain.deploy.smoke_query import SmokeResult
from rowkeep.domain.frozen import dataclass
from rowkeep.domain.schema.structure import Difference, ExpectedStructure, HealthConcern, Structure
from rowkeep.domain.schema.structure_source import SourcedStructure


@dataclass(frozen=True, slots=True)
class Verification:
    """A database's structure and state.

    expected: what the structure was compared with; None where nothing was ever recorded. structure: the present one;
    None where it was not read because there is nothing to compare it with. differences: items that are not as
    expected. concerns: states that no structure shows, such as an invalid index. comparisons: with other sources, if
    any were asked for. smoke: results of the smoke queries.
    """

    expected: ExpectedStructure | None
    structure: Structure | None
    differences: tuple[Difference, ...]
    concerns: tuple[HealthConcern, ...]
    comparisons: tuple[SourceComparison, ...] = ()
    smoke: tuple[SmokeResult, ...] = ()

    @property
    def ok(self) -> bool:
        """No difference was found, no concern that is a fault, and every smoke query passed.

        Also true where there was nothing to compare.
        """
        differs = self.differences or any(comparison.differences for comparison in self.comparisons)
        faulty = any(concern.fault for concern in self.concerns)
        return not (differs or faulty or any(not result.passed for result in self.smoke))


@dataclass(frozen=True, slots=True)
class SourceComparison:
    """The structure of a database compared with that of another source."""

    source: SourcedStructure
    differences: tuple[Difference, ...]
