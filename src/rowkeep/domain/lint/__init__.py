"""Lint: rules, their pages, their context, and findings."""
