-- Functions, aggregates, types, casts, operators, collations and text search objects.
WITH member AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), space AS (
    SELECT n.oid, pg_catalog.quote_ident(n.nspname) AS name
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rowkeep')
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_namespace'::regclass AND m.objid = n.oid)
), routine AS (
    SELECT p.*, p.oid::regprocedure::text AS name, pg_catalog.pg_get_userbyid(p.proowner)::text AS owner
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace IN (SELECT s.oid FROM space s)
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = p.oid)
), kind AS (
    SELECT t.*, t.oid::regtype::text AS name, pg_catalog.pg_get_userbyid(t.typowner)::text AS owner
    FROM pg_catalog.pg_type t
    WHERE t.typnamespace IN (SELECT s.oid FROM space s)
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_type'::regclass AND m.objid = t.oid)
)
SELECT CASE f.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind, f.name AS identity,
       pg_catalog.pg_get_functiondef(f.oid) || 'owner ' || f.owner AS definition
FROM routine f WHERE f.prokind <> 'a'
UNION ALL
SELECT 'aggregate', f.name,
       pg_catalog.concat_ws(E'\n',
           'owner ' || f.owner,
           'returns ' || pg_catalog.format_type(f.prorettype, NULL),
           'kind ' || a.aggkind::text,
           'step ' || a.aggtransfn::regprocedure::text,
           'state ' || pg_catalog.format_type(a.aggtranstype, NULL),
           'final ' || nullif(a.aggfinalfn::oid, 0)::regprocedure::text,
           'combine ' || nullif(a.aggcombinefn::oid, 0)::regprocedure::text,
           'moving step ' || nullif(a.aggmtransfn::oid, 0)::regprocedure::text,
           'start ' || a.agginitval,
           'sort operator ' || nullif(a.aggsortop, 0)::regoperator::text,
           'parallel ' || f.proparallel::text)
FROM routine f JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = f.oid
UNION ALL
SELECT 'enum', k.name,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), E'\n' ORDER BY e.enumsortorder)
        FROM pg_catalog.pg_enum e WHERE e.enumtypid = k.oid)
FROM kind k WHERE k.typtype = 'e'
UNION ALL
SELECT 'domain', k.name,
       pg_catalog.concat_ws(E'\n',
           pg_catalog.format_type(k.typbasetype, k.typtypmod),
           'collation ' || CASE WHEN k.typcollation <> b.typcollation THEN k.typcollation::regcollation::text END,
           CASE WHEN k.typnotnull THEN 'not null' END,
           'default ' || k.typdefault)
FROM kind k JOIN pg_catalog.pg_type b ON b.oid = k.typbasetype WHERE k.typtype = 'd'
UNION ALL
SELECT 'range type', k.name,
       pg_catalog.concat_ws(E'\n',
           'of ' || pg_catalog.format_type(g.rngsubtype, NULL),
           'collation ' || nullif(g.rngcollation, 0)::regcollation::text,
           'canonical ' || nullif(g.rngcanonical::oid, 0)::regprocedure::text,
           'difference ' || nullif(g.rngsubdiff::oid, 0)::regprocedure::text)
FROM kind k JOIN pg_catalog.pg_range g ON g.rngtypid = k.oid
UNION ALL
SELECT 'base type', k.name,
       pg_catalog.concat_ws(E'\n', 'input ' || k.typinput::oid::regprocedure::text,
           'output ' || k.typoutput::oid::regprocedure::text, 'length ' || k.typlen, 'storage ' || k.typstorage::text)
FROM kind k WHERE k.typtype = 'b' AND k.typcategory <> 'A'
UNION ALL
SELECT 'type owner', k.name, k.owner
FROM kind k WHERE k.typtype IN ('e', 'd', 'r') OR k.typtype = 'b' AND k.typcategory <> 'A'
UNION ALL
SELECT 'cast', pg_catalog.format_type(c.castsource, NULL) || ' as ' || pg_catalog.format_type(c.casttarget, NULL),
       pg_catalog.concat_ws(E'\n',
           CASE c.castmethod WHEN 'f' THEN 'with ' || c.castfunc::regprocedure::text
                             WHEN 'i' THEN 'with input and output' ELSE 'without function' END,
           CASE c.castcontext WHEN 'a' THEN 'as assignment' WHEN 'i' THEN 'as implicit' END)
FROM pg_catalog.pg_cast c
WHERE c.oid >= 16384
  AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_cast'::regclass AND m.objid = c.oid)
UNION ALL
SELECT 'operator', o.oid::regoperator::text,
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.pg_get_userbyid(o.oprowner)::text,
           'function ' || o.oprcode::oid::regprocedure::text,
           'commutator ' || nullif(o.oprcom, 0)::regoperator::text,
           'negator ' || nullif(o.oprnegate, 0)::regoperator::text,
           CASE WHEN o.oprcanhash THEN 'hashes' END, CASE WHEN o.oprcanmerge THEN 'merges' END)
FROM pg_catalog.pg_operator o
WHERE o.oprnamespace IN (SELECT s.oid FROM space s) AND o.oprcode <> 0
  AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_operator'::regclass AND m.objid = o.oid)
UNION ALL
SELECT 'operator class', s.name || '.' || pg_catalog.quote_ident(c.opcname) || ' using ' || a.amname,
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.pg_get_userbyid(c.opcowner)::text,
           'for type ' || pg_catalog.format_type(c.opcintype, NULL), CASE WHEN c.opcdefault THEN 'default' END)
FROM pg_catalog.pg_opclass c
JOIN space s ON s.oid = c.opcnamespace
JOIN pg_catalog.pg_am a ON a.oid = c.opcmethod
WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_opclass'::regclass AND m.objid = c.oid)
UNION ALL
-- The columns of pg_collation that hold the locale changed their names in 15 and 17; jsonb reads what is there.
SELECT 'collation', s.name || '.' || pg_catalog.quote_ident(c.collname),
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.pg_get_userbyid(c.collowner)::text, 'provider ' || c.collprovider::text,
           'collate ' || c.collcollate, 'ctype ' || c.collctype,
           'locale ' || coalesce(j.value ->> 'colllocale', j.value ->> 'colliculocale'),
           CASE WHEN NOT c.collisdeterministic THEN 'not deterministic' END)
FROM pg_catalog.pg_collation c
JOIN space s ON s.oid = c.collnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(c) AS value) j
WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_collation'::regclass AND m.objid = c.oid)
UNION ALL
SELECT 'text search configuration', s.name || '.' || pg_catalog.quote_ident(c.cfgname),
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.pg_get_userbyid(c.cfgowner)::text,
           'parser ' || (SELECT p.prsname FROM pg_catalog.pg_ts_parser p WHERE p.oid = c.cfgparser),
           (SELECT pg_catalog.string_agg(m.maptokentype || ' ' || m.mapdict::regdictionary::text, E'\n'
                                         ORDER BY m.maptokentype, m.mapseqno)
            FROM pg_catalog.pg_ts_config_map m WHERE m.mapcfg = c.oid))
FROM pg_catalog.pg_ts_config c
JOIN space s ON s.oid = c.cfgnamespace
WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_ts_config'::regclass AND m.objid = c.oid)
UNION ALL
SELECT 'text search dictionary', s.name || '.' || pg_catalog.quote_ident(d.dictname),
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.pg_get_userbyid(d.dictowner)::text,
           'template ' || (SELECT t.tmplname FROM pg_catalog.pg_ts_template t WHERE t.oid = d.dicttemplate),
           d.dictinitoption)
FROM pg_catalog.pg_ts_dict d
JOIN space s ON s.oid = d.dictnamespace
WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_ts_dict'::regclass AND m.objid = d.oid)
