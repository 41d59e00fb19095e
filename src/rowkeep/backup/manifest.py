"""The manifest of a backup: a JSON file beside the dump."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from rowkeep.domain.deploy import retention
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
from rowkeep.domain.late_regex import compile_later
from rowkeep.errors import BackupFailed
from rowkeep.files.filesystem.regular import read_regular

FORMAT = 2
OLD = 1
"""Without checksums of the manifest itself and of the other files."""

LARGEST = 500_000_000
"""Bytes of a manifest that is read. That of a usual database has less than 1 MB."""

END = "\n}\n"
SUM = compile_later(r',\n  "manifest_sha256": "([0-9a-f]{64})"\n\}\n\Z')
"""The last line: the SHA-256 of the manifest without this line."""


def write_manifest(backup: Backup) -> str:
    """The manifest of `backup`, without its directory, so that the files can be moved together."""
    data = asdict(backup)
    data["file"] = Path(data.pop("path")).name
    # One line per table, so that a manifest of a thousand tables stays readable.
    rows = {name: [json.dumps(row, ensure_ascii=False) for row in data.pop(name)] for name in ("counts", "sequences")}
    text = json.dumps({"rowkeep_manifest": FORMAT, **data}, indent=2, ensure_ascii=False)
    for name, lines in rows.items():
        text = (
            text[: text.rindex("\n}")] + f',\n  "{name}": [' + ",".join(f"\n    {line}" for line in lines) + "\n  ]\n}"
        )
    text += "\n"
    return f'{text.removesuffix(END)},\n  "manifest_sha256": "{_sha256(text)}"{END}'


def read_manifest(path: str) -> Backup:
    """The backup of the manifest `path` (`….dump.json`). The dump is in the same directory.

    Raises BackupFailed if the file cannot be read, is not a manifest, or was changed.
    """
    manifest = Path(path)
    try:
        text = read_regular(manifest, largest=LARGEST).decode("utf-8", "surrogatepass")
        data = json.loads(text)
        if data["rowkeep_manifest"] not in (OLD, FORMAT):
            raise BackupFailed(
                f"the manifest has format {data['rowkeep_manifest']}, this Rowkeep reads formats {OLD} and {FORMAT}",
                code=ErrorCode.BACKUP_UNUSABLE,
                where=path,
                instead=("pip install --upgrade rowkeep",),
            )
        if data["rowkeep_manifest"] != OLD or "manifest_sha256" in data:
            _require_sum(text, path)
        return _backup(data, manifest.parent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BackupFailed(
            "cannot read the manifest of the backup",
            code=ErrorCode.BACKUP_DAMAGED,
            where=path,
            why=str(error) or type(error).__name__,
            instead=("rowkeep backup list",),
        ) from None


def _require_sum(text: str, path: str) -> None:
    checksum = SUM.search(text)
    if checksum is None or _sha256(text[: checksum.start()] + END) != checksum[1]:
        raise BackupFailed(
            "the manifest of the backup was changed after it was written",
            code=ErrorCode.BACKUP_DAMAGED,
            where=path,
            why="its SHA-256 does not match" if checksum else "the line with its SHA-256 is missing",
            instead=("rowkeep backup list", "restore another backup"),
        )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _backup(data: Mapping[str, Any], directory: Path) -> Backup:
    names = {field.name for field in fields(Backup)}
    values = {name: value for name, value in data.items() if name in names}
    values["path"] = str(directory / Path(data["file"]).name)
    values["counts"] = tuple(
        TableCount(row["schema"], row["table"], int(row["rows"]), tuple(row["hashes"]) if row["hashes"] else None)
        for row in data["counts"]
    )
    values["sequences"] = tuple(SequenceValue(**row) for row in data["sequences"])
    values["extensions"] = tuple(Extension(**row) for row in data["extensions"])
    values["roles"] = tuple(
        SavedRole(
            row["name"],
            tuple(row["attributes"]),
            row["needed"],
            tuple((name, how) for name, how in row["member_of"]),
            tuple((name, value) for name, value in row["settings"]),
        )
        for row in data["roles"]
    )
    hashes = data["large_object_hashes"]
    values["large_object_hashes"] = tuple(hashes) if hashes else None
    values["properties"] = _properties(data["properties"])
    values["options"] = tuple(data["options"])
    values["files"] = tuple((ending, digest) for ending, digest in data.get("files", ()))
    values["bare_functions"] = tuple(data.get("bare_functions", ()))
    backup = Backup(**values)
    _require_types(backup)
    return backup


def _require_types(backup: Backup) -> None:
    """Raise ValueError for a value that lists and metrics cannot show. The manifest may be somebody else's."""
    for name in ("id", "database", "server_version", "client_version", "taken_at"):
        if not isinstance(getattr(backup, name), str):
            raise ValueError(f"{name} must be a text")
    for name in ("bytes", "seconds"):
        value = getattr(backup, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{name} must be a number")
    if not backup.server_version[:1].isdecimal():
        raise ValueError("server_version must begin with a number")
    retention.taken_at(backup)


def _properties(data: Mapping[str, Any] | None) -> DatabaseProperties | None:
    if data is None:
        return None
    values = dict(data)
    values["settings"] = tuple(DatabaseSetting(**row) for row in data["settings"])
    grants = data["grants"]
    values["grants"] = tuple(DatabaseGrant(**row) for row in grants) if grants is not None else None
    return DatabaseProperties(**values)
