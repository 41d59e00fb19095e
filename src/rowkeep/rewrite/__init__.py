"""A risky migration to the same change in safe steps: edits of its text, and files that follow it."""

from rowkeep.rewrite.compose import Part, Rewritten, compose
from rowkeep.rewrite.ground import Ground, ground
from rowkeep.rewrite.pieces import with_line_ends
from rowkeep.rewrite.recipe import Kind, Recipe, Unit
from rowkeep.rewrite.rewrite import apart, below, rewrite, units
from rowkeep.rewrite.undo import Back

__all__ = [
    "Back",
    "Ground",
    "Kind",
    "Part",
    "Recipe",
    "Rewritten",
    "Unit",
    "apart",
    "below",
    "compose",
    "ground",
    "rewrite",
    "units",
    "with_line_ends",
]
