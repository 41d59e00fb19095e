"""A manifest that nobody of ours wrote is listed as unusable: it neither blocks a command nor makes it fail."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest

from rowkeep import backup as backups
from rowkeep.backup.manifest import read_manifest, write_manifest
from rowkeep.domain.deploy.backup import Backup
from rowkeep.errors import BackupFailed

NAME = "shop-20261130T115213Z.dump"
FIELDS = [
    *(
        ("database", 5),
        ("database", ["x"]),
        ("taken_at", "x"),
        ("taken_at", 5),
        ("taken_at", "0001-01-01T00:00:00+14:00"),
    ),
    *(("bytes", "x"), ("bytes", math.inf), ("seconds", math.nan), ("seconds", math.inf), ("seconds", "1")),
    ("server_version", "x"),
    ("counts", [{"schema": "a", "table": "b", "rows": math.inf, "hashes": None}]),
]


@pytest.mark.parametrize(("name", "value"), FIELDS, ids=range(len(FIELDS)))
def test_values_of_other_types(tmp_path: Path, name: str, value: object) -> None:
    dump = tmp_path / NAME
    dump.write_bytes(b"1234")
    good = Backup(
        "shop-20261130T115213Z", str(dump), "shop", "18.1", "18.1", "2026-11-30T11:52:13Z", 1.5, 4, "0" * 64, ()
    )
    document = json.loads(write_manifest(good))
    del document["manifest_sha256"]
    document |= {"rowkeep_manifest": 1}
    manifest = tmp_path / f"{NAME}.json"
    manifest.write_text(json.dumps(document))
    assert read_manifest(str(manifest)) == good
    manifest.write_text(json.dumps({**document, name: value}))
    with pytest.raises(BackupFailed, match="cannot read the manifest"):
        read_manifest(str(manifest))
    catalog = backups.list_backups(str(tmp_path))
    assert not catalog.backups and catalog.leftovers


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"1234")
    os.mkfifo(tmp_path / f"{NAME}.json")
    catalog = backups.list_backups(str(tmp_path))
    assert not catalog.backups and catalog.leftovers
