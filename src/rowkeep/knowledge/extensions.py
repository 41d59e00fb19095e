"""Extensions that come with PostgreSQL's own sources (manual, appendix F)."""

from __future__ import annotations

UNTRUSTED = frozenset({"plperlu", "plpythonu", "plpython2u", "plpython3u", "pltclu"})
"""Languages without a sandbox (manual, 42.1)."""

_NAMES = """
adminpack amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance file_fdw
fuzzystrmatch hstore hstore_plperl hstore_plperlu hstore_plpython3u insert_username intagg intarray isn
jsonb_plperl jsonb_plperlu jsonb_plpython3u lo ltree ltree_plpython3u moddatetime old_snapshot pageinspect
pg_buffercache pg_freespacemap pg_logicalinspect pg_prewarm pg_stat_statements pg_surgery pg_trgm pg_visibility
pg_walinspect pgcrypto pgrowlocks pgstattuple plperl plpgsql pltcl postgres_fdw refint seg sslinfo tablefunc tcn
tsm_system_rows tsm_system_time unaccent uuid-ossp xml2
"""
OWN = frozenset(_NAMES.split())
