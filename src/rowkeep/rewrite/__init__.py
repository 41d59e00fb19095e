"""A risky migration to the same change in safe steps: edits of its text, and files that follow it."""

from rowkeep.rewrite.compose import ComposedPart, RewrittenMigration, compose_files
from rowkeep.rewrite.recipe import Recipe, RecipeKind, RecipeUnit
from rowkeep.rewrite.rewrite import find_recipes, rewrite_migration, rewrite_outside_transaction, split_below
from rowkeep.rewrite.schema_before import SchemaBefore, read_schema_before
from rowkeep.rewrite.statements import with_line_ends
from rowkeep.rewrite.undo_part import Back

__all__ = [
    "Back",
    "ComposedPart",
    "Recipe",
    "RecipeKind",
    "RecipeUnit",
    "RewrittenMigration",
    "SchemaBefore",
    "compose_files",
    "find_recipes",
    "read_schema_before",
    "rewrite_migration",
    "rewrite_outside_transaction",
    "split_below",
    "with_line_ends",
]
