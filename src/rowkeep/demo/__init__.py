"""The example shop that `rowkeep demo` deploys to:

data only (migrations, rows, and migrations that must be refused).
"""
