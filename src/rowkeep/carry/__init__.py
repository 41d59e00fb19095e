"""Plan -> orders, one after another, each decided upon the reply to the one before. Decides, never acts."""

from rowkeep.carry.carry import carry

__all__ = ["carry"]
