"""Plan -> orders, one after another, each decided upon the reply to the one before. Decides, never acts."""

from rowkeep.runner.runner import run_plan

__all__ = ["run_plan"]
