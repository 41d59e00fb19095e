"""Statements to findings to a verdict: the memory across statements and files, allowances, severity."""

from rowkeep.analysis.analyzer import analyze
from rowkeep.analysis.options import LintOptions

__all__ = ["LintOptions", "analyze"]
