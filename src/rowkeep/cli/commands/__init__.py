"""One file per command; `COMMANDS` in `rowkeep.cli` names them, and each is imported when it is called."""
