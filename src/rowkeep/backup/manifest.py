"""What is known of a backup, as the JSON file that lies beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from rowkeep.domain.backup import (
    Backup,
    DatabaseGrant,
    DatabaseProperties,
    DatabaseSetting,
    Extension,
    SavedRole,
    SequenceValue,
    TableCount,
)
from rowkeep.errors import BackupFailed

FORMAT = 1


def write_manifest(backup: Backup) -> str:
    """The manifest of `backup`. Its place is left out, so that the files may be moved together."""
    told = asdict(backup)
    told["file"] = Path(told.pop("path")).name
    # One line per table: a manifest of a thousand tables stays readable.
    rows = {name: [json.dumps(row, ensure_ascii=False) for row in told.pop(name)] for name in ("counts", "sequences")}
    text = json.dumps({"rowkeep_manifest": FORMAT, **told}, indent=2, ensure_ascii=False)
    for name, lines in rows.items():
        text = (
            text[: text.rindex("\n}")] + f',\n  "{name}": [' + ",".join(f"\n    {line}" for line in lines) + "\n  ]\n}"
        )
    return text + "\n"


def read_manifest(path: str) -> Backup:
    """The backup whose manifest is the file `path` (`….dump.json`); its dump lies in the same directory.

    Raises BackupFailed when the file cannot be read or is not a manifest.
    """
    manifest = Path(path)
    try:
        told = json.loads(manifest.read_text("utf-8"))
        if told["rowkeep_manifest"] != FORMAT:
            raise BackupFailed(
                f"the manifest has format {told['rowkeep_manifest']}, this Rowkeep reads format {FORMAT}",
                where=path,
                instead=("pip install --upgrade rowkeep",),
            )
        return _backup(told, manifest.parent)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupFailed(
            "the manifest of the backup cannot be read",
            where=path,
            why=str(error) or type(error).__name__,
            instead=("rowkeep backup list",),
        ) from None


def _backup(told: Mapping[str, Any], directory: Path) -> Backup:
    known = {field.name for field in fields(Backup)}
    values = {name: value for name, value in told.items() if name in known}
    values["path"] = str(directory / Path(told["file"]).name)
    values["counts"] = tuple(
        TableCount(row["schema"], row["table"], int(row["rows"]), tuple(row["hashes"]) if row["hashes"] else None)
        for row in told["counts"]
    )
    values["sequences"] = tuple(SequenceValue(**row) for row in told["sequences"])
    values["extensions"] = tuple(Extension(**row) for row in told["extensions"])
    values["roles"] = tuple(
        SavedRole(
            row["name"],
            tuple(row["attributes"]),
            row["needed"],
            tuple((name, how) for name, how in row["member_of"]),
            tuple((name, value) for name, value in row["settings"]),
        )
        for row in told["roles"]
    )
    hashes = told["large_object_hashes"]
    values["large_object_hashes"] = tuple(hashes) if hashes else None
    values["properties"] = _properties(told["properties"])
    values["options"] = tuple(told["options"])
    values["bare_functions"] = tuple(told.get("bare_functions", ()))
    return Backup(**values)


def _properties(told: Mapping[str, Any] | None) -> DatabaseProperties | None:
    if told is None:
        return None
    values = dict(told)
    values["settings"] = tuple(DatabaseSetting(**row) for row in told["settings"])
    grants = told["grants"]
    values["grants"] = tuple(DatabaseGrant(**row) for row in grants) if grants is not None else None
    return DatabaseProperties(**values)
