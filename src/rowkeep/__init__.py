"""Rowkeep keeps every row: safe changes for production PostgreSQL databases. The public names, nothing else."""

from rowkeep.version import VERSION as __version__

__all__ = ["__version__"]
