"""A structure as JSON, one item per line, so that people and git can compare it."""

from __future__ import annotations

import json

from rowkeep.domain.error_code import ErrorCode
from rowkeep.domain.schema.structure import CatalogItem, Structure
from rowkeep.errors import Misused
from rowkeep.structure.make import make_structure

FORMAT = 1


def format_structure(structure: Structure) -> str:
    """The file that `rowkeep verify --save` writes."""
    rows = [json.dumps([item.kind, item.identity, item.definition], ensure_ascii=False) for item in structure.items]
    head = f'{{"rowkeep_structure": {FORMAT}, "major": {structure.major}, "digest": "{structure.digest}", "items": [\n'
    return head + ",\n".join(rows) + "\n]}\n"


def parse_structure(text: str, where: str) -> Structure:
    """The structure that `text` describes; its digest is computed again. where: the file's name, for the message.

    Raises Misused if the text was not written by `format_structure`.
    """
    try:
        found = json.loads(text)
        version = found["rowkeep_structure"]
        if version != FORMAT:
            raise Misused(
                f"the structure file has format {version}, this Rowkeep reads format {FORMAT}",
                code=ErrorCode.STRUCTURE_FILE_INVALID,
                where=where,
                instead=("rowkeep verify --save FILE",),
            )
        return make_structure(int(found["major"]), (CatalogItem(str(k), str(i), str(d)) for k, i, d in found["items"]))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise Misused(
            "not a structure file",
            code=ErrorCode.STRUCTURE_FILE_INVALID,
            where=where,
            why=str(error) or type(error).__name__,
            instead=("rowkeep verify --save FILE",),
        ) from None
