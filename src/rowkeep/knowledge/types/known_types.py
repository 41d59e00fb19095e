"""Types of PostgreSQL and of common extensions. None of them is a domain with a constraint."""

from __future__ import annotations

from rowkeep.domain.operation import TypeName

_OWN = """
    bit bool box bpchar bytea char cid cidr circle date datemultirange daterange float4 float8 inet int2 int4
    int4multirange int4range int8 int8multirange int8range interval json jsonb jsonpath line lseg macaddr macaddr8
    money name nummultirange numrange numeric oid path pg_lsn pg_snapshot point polygon refcursor regclass regcollation
    regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype text tid time
    timestamp timestamptz timetz tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot uuid
    varbit varchar xid xid8 xml serial serial2 serial4 serial8 bigserial smallserial
"""
_OF_EXTENSIONS = """
    citext cube hstore query_int ean13 isbn isbn13 ismn ismn13 issn issn13 upc lquery ltree ltxtquery seg
    geometry geography raster box2d box3d vector halfvec sparsevec bm25vector h3index roaringbitmap hll tdigest
"""
_KNOWN = frozenset((_OWN + _OF_EXTENSIONS).split())


def is_known_type(kind: TypeName) -> bool:
    """Whether the type is one of them, by its name."""
    return kind.name in _KNOWN
