"""Workflows that combine the packages below: `up`, `rehearse`, `deploy`. They emit events and return values."""
