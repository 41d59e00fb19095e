"""Findings weighed against what a real server was seen to do."""
