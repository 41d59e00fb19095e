"""The example shop that `rowkeep demo` deploys to: data only (migrations, rows, and the ones that must be stopped)."""
