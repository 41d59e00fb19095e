"""Turns a plan into instructions, one after another, each decided from the result of the one before. Never acts."""

from rowkeep.runner.runner import run_plan

__all__ = ["run_plan"]
