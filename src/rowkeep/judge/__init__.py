"""Statements to findings to a verdict: the memory across statements and files, allowances, severity."""

from rowkeep.judge.options import Options
from rowkeep.judge.verdict import judge

__all__ = ["Options", "judge"]
