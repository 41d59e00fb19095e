"""A schema as the analysis knows it, and as the catalog describes it."""
