"""What is known of a backup, as the JSON file that lies beside it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from rowkeep.domain.deploy.backup import (
    Backup,
    DatabaseGrant,
    DatabaseProperties,
    DatabaseSetting,
    Extension,
    SavedRole,
    SequenceValue,
    TableCount,
)
from rowkeep.domain.error_code import ErrorCode
from rowkeep.errors import BackupFailed

FORMAT = 2
OLD = 1
"""Without a sum of the manifest itself, and of the files beside the dump."""

END = "\n}\n"
SUM = re.compile(r',\n  "manifest_sha256": "([0-9a-f]{64})"\n\}\n\Z')
"""The last line: the SHA-256 of the manifest without this line."""


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
    text += "\n"
    return f'{text.removesuffix(END)},\n  "manifest_sha256": "{_sha256(text)}"{END}'


def read_manifest(path: str) -> Backup:
    """The backup whose manifest is the file `path` (`….dump.json`); its dump lies in the same directory.

    Raises BackupFailed when the file cannot be read, is not a manifest, or is not the one that was written.
    """
    manifest = Path(path)
    try:
        text = manifest.read_bytes().decode("utf-8", "surrogatepass")
        told = json.loads(text)
        if told["rowkeep_manifest"] not in (OLD, FORMAT):
            raise BackupFailed(
                f"the manifest has format {told['rowkeep_manifest']}, this Rowkeep reads format {OLD} and {FORMAT}",
                code=ErrorCode.BACKUP_UNUSABLE,
                where=path,
                instead=("pip install --upgrade rowkeep",),
            )
        if told["rowkeep_manifest"] != OLD or "manifest_sha256" in told:
            _require_sum(text, path)
        return _backup(told, manifest.parent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BackupFailed(
            "the backup's manifest cannot be read",
            code=ErrorCode.BACKUP_DAMAGED,
            where=path,
            why=str(error) or type(error).__name__,
            instead=("rowkeep backup list",),
        ) from None


def _require_sum(text: str, path: str) -> None:
    found = SUM.search(text)
    if found is None or _sha256(text[: found.start()] + END) != found[1]:
        raise BackupFailed(
            "the backup's manifest was changed after it was written",
            code=ErrorCode.BACKUP_DAMAGED,
            where=path,
            why="its SHA-256 does not match" if found else "the line with its SHA-256 is missing",
            instead=("rowkeep backup list", "restore another backup"),
        )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


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
    values["files"] = tuple((ending, digest) for ending, digest in told.get("files", ()))
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
