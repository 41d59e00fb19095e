"""The version, alone in its module so that `rowkeep --version` imports nothing else."""

VERSION = "0.1.0"
