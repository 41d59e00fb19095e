"""A risky migration to the same change in safe steps: edits of its text, and files that follow it."""

from rowkeep.rewrite.compose import Part, Rewritten, compose
from rowkeep.rewrite.ground import Ground, ground
from rowkeep.rewrite.recipe import Kind, Recipe, Unit
from rowkeep.rewrite.rewrite import apart, below, rewrite, units

__all__ = [
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
]
