-- name: code
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
    SELECT p.*, p.oid::regprocedure::text AS name, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.proowner)) AS owner
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace IN (SELECT s.oid FROM space s)
      -- The constructors of a range type come with it.
      AND p.prosrc NOT IN ('range_constructor2', 'range_constructor3', 'multirange_constructor0',
                           'multirange_constructor1', 'multirange_constructor2')
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = p.oid)
), kind AS (
    SELECT t.*, t.oid::regtype::text AS name, pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(t.typowner)) AS owner
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
           'arguments ' || pg_catalog.pg_get_function_arguments(f.oid),
           'returns ' || pg_catalog.format_type(f.prorettype, NULL),
           'kind ' || a.aggkind::text,
           'step ' || a.aggtransfn::regprocedure::text,
           'state ' || pg_catalog.format_type(a.aggtranstype, NULL),
           'space ' || nullif(a.aggtransspace, 0)::text,
           'final ' || nullif(a.aggfinalfn::oid, 0)::regprocedure::text,
           CASE WHEN a.aggfinalextra THEN 'final gets all arguments' END,
           'final changes the state ' || a.aggfinalmodify::text,
           'combine ' || nullif(a.aggcombinefn::oid, 0)::regprocedure::text,
           'serialize ' || nullif(a.aggserialfn::oid, 0)::regprocedure::text,
           'deserialize ' || nullif(a.aggdeserialfn::oid, 0)::regprocedure::text,
           'moving step ' || nullif(a.aggmtransfn::oid, 0)::regprocedure::text,
           'moving inverse ' || nullif(a.aggminvtransfn::oid, 0)::regprocedure::text,
           'moving state ' || pg_catalog.format_type(nullif(a.aggmtranstype, 0), NULL),
           'moving space ' || nullif(a.aggmtransspace, 0)::text,
           'moving final ' || nullif(a.aggmfinalfn::oid, 0)::regprocedure::text,
           CASE WHEN a.aggmfinalextra THEN 'moving final gets all arguments' END,
           CASE WHEN a.aggmtransfn::oid <> 0 THEN 'moving final changes the state ' || a.aggmfinalmodify::text END,
           'start ' || pg_catalog.quote_literal(a.agginitval),
           'moving start ' || pg_catalog.quote_literal(a.aggminitval),
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
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_proc p WHERE p.oid = c.castfunc AND p.prosrc = 'multirange_constructor1')
  AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_cast'::regclass AND m.objid = c.oid)
UNION ALL
SELECT 'operator', o.oid::regoperator::text,
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o.oprowner)),
           'function ' || o.oprcode::oid::regprocedure::text,
           'commutator ' || nullif(o.oprcom, 0)::regoperator::text,
           'negator ' || nullif(o.oprnegate, 0)::regoperator::text,
           'restrict ' || nullif(o.oprrest::oid, 0)::regprocedure::text,
           'join ' || nullif(o.oprjoin::oid, 0)::regprocedure::text,
           CASE WHEN o.oprcanhash THEN 'hashes' END, CASE WHEN o.oprcanmerge THEN 'merges' END)
FROM pg_catalog.pg_operator o
WHERE o.oprnamespace IN (SELECT s.oid FROM space s) AND o.oprcode <> 0
  AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_operator'::regclass AND m.objid = o.oid)
UNION ALL
SELECT 'operator class', s.name || '.' || pg_catalog.quote_ident(c.opcname) || ' using ' || a.amname,
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.opcowner)),
           'for type ' || pg_catalog.format_type(c.opcintype, NULL), CASE WHEN c.opcdefault THEN 'default' END)
FROM pg_catalog.pg_opclass c
JOIN space s ON s.oid = c.opcnamespace
JOIN pg_catalog.pg_am a ON a.oid = c.opcmethod
WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_opclass'::regclass AND m.objid = c.oid)
UNION ALL
-- The columns of pg_collation that hold the locale changed their names in 15 and 17; jsonb reads what is there.
SELECT 'collation', s.name || '.' || pg_catalog.quote_ident(c.collname),
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.collowner)), 'provider ' || c.collprovider::text,
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
           'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.cfgowner)),
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
           'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(d.dictowner)),
           'template ' || (SELECT t.tmplname FROM pg_catalog.pg_ts_template t WHERE t.oid = d.dicttemplate),
           d.dictinitoption)
FROM pg_catalog.pg_ts_dict d
JOIN space s ON s.oid = d.dictnamespace
WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_ts_dict'::regclass AND m.objid = d.oid)

-- name: constraints
-- Constraints, foreign keys whose triggers are disabled, indexes, extended statistics and policies.
WITH member AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), space AS (
    SELECT n.oid
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rowkeep')
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_namespace'::regclass AND m.objid = n.oid)
), relation AS (
    SELECT c.oid, c.oid::regclass::text AS name
    FROM pg_catalog.pg_class c
    JOIN space s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid)
)
-- A foreign key of a partition repeats its parent's under a generated name that a restore may choose differently.
SELECT 'constraint' AS kind, r.name || '.' || pg_catalog.quote_ident(c.conname) AS identity,
       pg_catalog.pg_get_constraintdef(c.oid) AS definition
FROM relation r JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid
WHERE c.contype NOT IN ('n', 't') AND NOT (c.contype = 'f' AND c.conparentid <> 0)
UNION ALL
SELECT 'domain constraint', c.contypid::regtype::text || '.' || pg_catalog.quote_ident(c.conname),
       pg_catalog.pg_get_constraintdef(c.oid)
FROM pg_catalog.pg_constraint c
WHERE c.contypid <> 0 AND c.contype <> 'n' AND c.connamespace IN (SELECT s.oid FROM space s)
  AND NOT EXISTS (SELECT 1 FROM member m
                  WHERE m.classid = 'pg_catalog.pg_type'::regclass AND m.objid = c.contypid)
UNION ALL
-- No dump carries this, and a foreign key with a disabled trigger is not enforced.
SELECT 'unenforced foreign key', r.name || '.' || pg_catalog.quote_ident(c.conname),
       pg_catalog.string_agg(t.tgrelid::regclass::text || ': '
           || CASE t.tgenabled WHEN 'D' THEN 'trigger disabled' WHEN 'R' THEN 'trigger enabled on replicas only'
                               ELSE 'trigger enabled always' END, E'\n' ORDER BY t.tgrelid::regclass::text, t.tgenabled)
FROM relation r
JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid AND c.contype = 'f'
JOIN pg_catalog.pg_trigger t ON t.tgconstraint = c.oid AND t.tgisinternal AND t.tgenabled <> 'O'
GROUP BY 2
UNION ALL
SELECT 'index', i.indexrelid::regclass::text,
       pg_catalog.concat_ws(E'\n',
           pg_catalog.pg_get_indexdef(i.indexrelid),
           CASE WHEN NOT i.indisvalid THEN 'invalid' END,
           CASE WHEN NOT i.indisready THEN 'not ready' END,
           CASE WHEN NOT i.indislive THEN 'being dropped' END,
           CASE WHEN i.indisreplident THEN 'replica identity' END,
           CASE WHEN i.indisclustered THEN 'clustered on' END,
           'attached to ' || (SELECT h.inhparent::regclass::text
                              FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid))
FROM relation r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid
UNION ALL
SELECT 'statistics', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(x.stxname),
       pg_catalog.pg_get_statisticsobjdef(x.oid) 
           || E'\nowner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.stxowner))
FROM relation r
JOIN pg_catalog.pg_statistic_ext x ON x.stxrelid = r.oid
JOIN pg_catalog.pg_namespace n ON n.oid = x.stxnamespace
UNION ALL
SELECT 'policy', r.name || '.' || pg_catalog.quote_ident(p.polname),
       pg_catalog.concat_ws(E'\n',
           CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
           'for ' || CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                                   WHEN 'd' THEN 'delete' ELSE 'all' END,
           'to ' || (SELECT pg_catalog.string_agg(CASE o WHEN 0 THEN 'public'
                                                         ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(o)) END,
                                                  ', ' ORDER BY pg_catalog.pg_get_userbyid(o))
                     FROM pg_catalog.unnest(p.polroles) o),
           'using ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid),
           'with check ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM relation r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid

-- name: database
-- What belongs to the whole database: properties, extensions, settings, event triggers, publications, comments.
WITH member AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), own AS (
    SELECT d.oid, d.datname, pg_catalog.to_jsonb(d) AS row FROM pg_catalog.pg_database d
    WHERE d.datname = pg_catalog.current_database()
), ours AS (
    SELECT c.oid FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'rowkeep'
)
SELECT 'database' AS kind, 'this database' AS identity,
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid((o.row ->> 'datdba')::oid)),
           'encoding ' || pg_catalog.pg_encoding_to_char((o.row ->> 'encoding')::integer)::text,
           'collate ' || (o.row ->> 'datcollate'), 'ctype ' || (o.row ->> 'datctype'),
           -- datlocprovider came with 15; daticulocale became datlocale in 17.
           'provider ' || nullif(o.row ->> 'datlocprovider', 'c'),
           'locale ' || coalesce(o.row ->> 'datlocale', o.row ->> 'daticulocale'),
           'connection limit ' || nullif(o.row ->> 'datconnlimit', '-1'),
           'comment ' || pg_catalog.shobj_description(o.oid, 'pg_database')) AS definition
FROM own o
UNION ALL
SELECT 'extension', pg_catalog.quote_ident(e.extname),
       'version ' || e.extversion || E'\nschema ' || e.extnamespace::regnamespace::text
FROM pg_catalog.pg_extension e
UNION ALL
SELECT 'event trigger', pg_catalog.quote_ident(t.evtname),
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(t.evtowner)), 'on ' || t.evtevent::text,
           'when tag in ' || t.evttags::text, 'executes ' || t.evtfoid::regprocedure::text,
           CASE t.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled on replicas only'
                             WHEN 'A' THEN 'enabled always' END)
FROM pg_catalog.pg_event_trigger t
WHERE NOT EXISTS (SELECT 1 FROM member m
                  WHERE m.classid = 'pg_catalog.pg_event_trigger'::regclass AND m.objid = t.oid)
UNION ALL
SELECT 'publication', pg_catalog.quote_ident(p.pubname),
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(p.pubowner)),
           CASE WHEN p.puballtables THEN 'all tables' END,
           'publishes ' || pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
               CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
               CASE WHEN p.pubtruncate THEN 'truncate' END),
           CASE WHEN p.pubviaroot THEN 'via the partition root' END,
           (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(t.schemaname) || '.' || pg_catalog.quote_ident(t.tablename)
                                         -- The columns and the row filter came with 15.
                                         || coalesce((
                                             SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', '
                                                                                  ORDER BY a.attnum) || ')'
                                             FROM pg_catalog.pg_publication_rel x
                                             JOIN pg_catalog.pg_attribute a ON a.attrelid = x.prrelid
                                             WHERE x.prpubid = p.oid
                                               AND x.prrelid = pg_catalog.to_regclass(pg_catalog.quote_ident(t.schemaname)
                                                       || '.' || pg_catalog.quote_ident(t.tablename))
                                               AND a.attnum = ANY (pg_catalog.string_to_array(pg_catalog.translate(
                                                       pg_catalog.to_jsonb(x) ->> 'prattrs', '[],', ''), ' ')::smallint[])), '')
                                         || coalesce(' where ' || (pg_catalog.to_jsonb(t) ->> 'rowfilter'), ''),
                                         E'\n' ORDER BY t.schemaname, t.tablename)
            FROM pg_catalog.pg_publication_tables t WHERE t.pubname = p.pubname AND NOT p.puballtables))
FROM pg_catalog.pg_publication p
UNION ALL
SELECT 'subscription', pg_catalog.quote_ident(s.subname),
       pg_catalog.concat_ws(E'\n', CASE WHEN s.subenabled THEN 'enabled' ELSE 'disabled' END,
                            'to ' || pg_catalog.array_to_string(s.subpublications, ', '))
FROM pg_catalog.pg_subscription s JOIN own o ON o.oid = s.subdbid
UNION ALL
SELECT 'language', pg_catalog.quote_ident(l.lanname),
       'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(l.lanowner)) || CASE WHEN l.lanpltrusted THEN E'\ntrusted' ELSE '' END
FROM pg_catalog.pg_language l
WHERE l.lanispl
  AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_language'::regclass AND m.objid = l.oid)
UNION ALL
SELECT 'foreign-data wrapper', pg_catalog.quote_ident(w.fdwname),
       pg_catalog.concat_ws(E'\n', 'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(w.fdwowner)),
           'handler ' || nullif(w.fdwhandler, 0)::regprocedure::text,
           'validator ' || nullif(w.fdwvalidator, 0)::regprocedure::text)
FROM pg_catalog.pg_foreign_data_wrapper w
WHERE NOT EXISTS (SELECT 1 FROM member m
                  WHERE m.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass AND m.objid = w.oid)
UNION ALL
-- An option may hold a secret: where its name does not rule that out, only a hash of it is shown.
SELECT 'foreign server', pg_catalog.quote_ident(s.srvname),
       pg_catalog.concat_ws(E'\n', 'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.srvowner)),
           'wrapper ' || (SELECT w.fdwname FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw),
           (SELECT pg_catalog.string_agg(x.option_name || ' '
                       || CASE WHEN x.option_name IN ('host', 'port', 'dbname', 'filename', 'schema', 'updatable')
                               THEN x.option_value
                               ELSE 'sha256:' || left(pg_catalog.encode(pg_catalog.sha256(
                                        pg_catalog.convert_to(x.option_value, 'UTF8')), 'hex'), 12) END,
                       E'\n' ORDER BY x.option_name)
            FROM pg_catalog.pg_options_to_table(s.srvoptions) x))
FROM pg_catalog.pg_foreign_server s
WHERE NOT EXISTS (SELECT 1 FROM member m
                  WHERE m.classid = 'pg_catalog.pg_foreign_server'::regclass AND m.objid = s.oid)
UNION ALL
SELECT 'user mapping', pg_catalog.quote_ident(u.usename) || ' on ' || pg_catalog.quote_ident(u.srvname), ''
FROM pg_catalog.pg_user_mappings u
UNION ALL
-- A setting of the application's own (its name has a dot) often is a secret: only a hash of its value is shown.
SELECT 'setting',
       CASE WHEN s.setdatabase = 0 THEN 'every database' ELSE 'this database' END
       || CASE WHEN s.setrole = 0 THEN '' ELSE ', role ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.setrole)) END,
       (SELECT pg_catalog.string_agg(v.name || ' = ' || CASE WHEN v.name ~ '[.]'
                   THEN 'sha256:' || left(pg_catalog.encode(pg_catalog.sha256(
                            pg_catalog.convert_to(v.value, 'UTF8')), 'hex'), 12)
                   ELSE v.value END, E'\n' ORDER BY v.name COLLATE "C")
        FROM (SELECT pg_catalog.split_part(x, '=', 1) AS name, pg_catalog.substr(x, pg_catalog.strpos(x, '=') + 1) AS value
              FROM pg_catalog.unnest(s.setconfig) x) v)
FROM pg_catalog.pg_db_role_setting s, own o
WHERE s.setdatabase IN (0, o.oid)
UNION ALL
SELECT 'comment', i.type || ' ' || i.identity, d.description
FROM pg_catalog.pg_description d
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
WHERE (d.objoid >= 16384 OR d.classoid = 'pg_catalog.pg_namespace'::regclass AND d.objoid = 2200)
  AND i.schema IS DISTINCT FROM 'rowkeep' AND d.objoid NOT IN (SELECT x.oid FROM ours x)
  AND NOT (d.classoid = 'pg_catalog.pg_namespace'::regclass AND i.identity = 'rowkeep')
  AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = d.classoid AND m.objid = d.objoid)

-- name: relations
-- Schemas, relations, their columns, sequences, views, rules and triggers, as (kind, identity, definition).
WITH member AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), space AS (
    SELECT n.oid, n.nspname, n.nspowner
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rowkeep')
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_namespace'::regclass AND m.objid = n.oid)
), relation AS (
    SELECT c.*, c.oid::regclass::text AS name
    FROM pg_catalog.pg_class c
    JOIN space s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S')
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid)
)
SELECT 'schema' AS kind, pg_catalog.quote_ident(s.nspname) AS identity,
       'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.nspowner)) AS definition
FROM space s
UNION ALL
SELECT CASE r.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                      WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'composite type' END,
       r.name,
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.relowner)),
           CASE r.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' END,
           CASE WHEN r.relrowsecurity THEN 'row level security' END,
           CASE WHEN r.relforcerowsecurity THEN 'row level security forced for the owner' END,
           CASE WHEN r.relkind IN ('r', 'p', 'm') AND r.relreplident <> 'd'
                THEN 'replica identity ' || CASE r.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full'
                                                                ELSE 'using an index' END END,
           'options ' || (SELECT pg_catalog.string_agg(x, ', ' ORDER BY x COLLATE "C")
                          FROM pg_catalog.unnest(r.reloptions) x),
           'access method ' || nullif((SELECT a.amname::text FROM pg_catalog.pg_am a WHERE a.oid = r.relam), 'heap'),
           'partition by ' || pg_catalog.pg_get_partkeydef(r.oid),
           'partition ' || pg_catalog.pg_get_expr(r.relpartbound, r.oid),
           'inherits ' || (SELECT pg_catalog.string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
                           FROM pg_catalog.pg_inherits i WHERE i.inhrelid = r.oid),
           'of type ' || nullif(r.reloftype, 0)::regtype::text,
           'server ' || (SELECT pg_catalog.quote_ident(s.srvname) || coalesce(' ' || t.ftoptions::text, '')
                         FROM pg_catalog.pg_foreign_table t
                         JOIN pg_catalog.pg_foreign_server s ON s.oid = t.ftserver WHERE t.ftrelid = r.oid),
           CASE WHEN NOT r.relispopulated THEN 'not populated' END)
FROM relation r WHERE r.relkind <> 'S'
UNION ALL
SELECT 'column', r.name || '.' || pg_catalog.quote_ident(a.attname),
       pg_catalog.concat_ws(E'\n',
           pg_catalog.format_type(a.atttypid, a.atttypmod),
           'collation ' || CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
           -- From PostgreSQL 18 on, NOT NULL is a constraint with a state of its own (contype 'n').
           CASE WHEN a.attnotnull THEN 'not null' || coalesce((
               SELECT CASE WHEN NOT n.convalidated THEN ' not valid' ELSE '' END
                   || CASE WHEN n.connoinherit THEN ' no inherit' ELSE '' END
               FROM pg_catalog.pg_constraint n
               WHERE n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum]), '') END,
           CASE WHEN a.attgenerated = '' THEN 'default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid)
                ELSE 'generated always as (' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ')'
                     || CASE a.attgenerated WHEN 's' THEN ' stored' ELSE ' virtual' END END,
           CASE a.attidentity WHEN 'a' THEN 'generated always as identity'
                              WHEN 'd' THEN 'generated by default as identity' END,
           'storage ' || CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END,
           'compression ' || nullif(a.attcompression::text, ''),
           'statistics ' || nullif(a.attstattarget, -1)::text,
           'options ' || a.attoptions::text,
           'foreign options ' || a.attfdwoptions::text)
FROM relation r
JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relkind <> 'S'
UNION ALL
SELECT 'column order', r.name, (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), E'\n' ORDER BY a.attnum)
                                FROM pg_catalog.pg_attribute a
                                WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM relation r WHERE r.relkind <> 'S'
UNION ALL
SELECT 'sequence', r.name,
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r.relowner)),
           pg_catalog.format_type(q.seqtypid, NULL),
           CASE r.relpersistence WHEN 'u' THEN 'unlogged' END,
           'start ' || q.seqstart, 'increment ' || q.seqincrement, 'min ' || q.seqmin, 'max ' || q.seqmax,
           'cache ' || q.seqcache, CASE WHEN q.seqcycle THEN 'cycle' END,
           (SELECT CASE d.deptype WHEN 'i' THEN 'identity of ' ELSE 'owned by ' END
                   || d.refobjid::regclass::text || '.' || pg_catalog.quote_ident(a.attname)
            FROM pg_catalog.pg_depend d
            JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = r.oid
              AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0))
FROM relation r JOIN pg_catalog.pg_sequence q ON q.seqrelid = r.oid
UNION ALL
SELECT 'view definition', r.name, pg_catalog.pg_get_viewdef(r.oid)
FROM relation r WHERE r.relkind IN ('v', 'm')
UNION ALL
SELECT 'rule', r.name || '.' || pg_catalog.quote_ident(w.rulename),
       pg_catalog.pg_get_ruledef(w.oid)
       || CASE w.ev_enabled WHEN 'O' THEN '' WHEN 'D' THEN E'\ndisabled' WHEN 'R' THEN E'\nenabled on replicas only'
                            ELSE E'\nenabled always' END
FROM relation r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
UNION ALL
SELECT 'trigger', r.name || '.' || pg_catalog.quote_ident(t.tgname),
       pg_catalog.pg_get_triggerdef(t.oid)
       || CASE t.tgenabled WHEN 'O' THEN '' WHEN 'D' THEN E'\ndisabled' WHEN 'R' THEN E'\nenabled on replicas only'
                           ELSE E'\nenabled always' END
FROM relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal

-- name: rights
-- Grants, default privileges, and the roles that own or may touch something in this database.
WITH RECURSIVE member AS (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
), space AS (
    SELECT n.oid, pg_catalog.quote_ident(n.nspname) AS name, n.nspowner, n.nspacl
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'rowkeep')
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_namespace'::regclass AND m.objid = n.oid)
), relation AS (
    SELECT c.oid, c.oid::regclass::text AS name, c.relkind, c.relowner, c.relacl
    FROM pg_catalog.pg_class c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relnamespace IN (SELECT s.oid FROM space s)
      AND NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid)
), held AS (
    SELECT CASE r.relkind WHEN 'S' THEN 'sequence grant' ELSE 'table grant' END AS kind, r.name, r.relowner AS owner,
           coalesce(r.relacl, pg_catalog.acldefault(
               CASE r.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, r.relowner)) AS acl
    FROM relation r
    UNION ALL
    SELECT 'column grant', r.name || '.' || pg_catalog.quote_ident(a.attname), r.relowner, a.attacl
    FROM relation r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attacl IS NOT NULL
                                                  AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'schema grant', s.name, s.nspowner, coalesce(s.nspacl, pg_catalog.acldefault('n', s.nspowner))
    FROM space s
    UNION ALL
    SELECT 'function grant', p.oid::regprocedure::text, p.proowner,
           coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace IN (SELECT s.oid FROM space s)
      AND p.prosrc NOT IN ('range_constructor2', 'range_constructor3', 'multirange_constructor0',
                           'multirange_constructor1', 'multirange_constructor2')
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = p.oid)
    UNION ALL
    SELECT 'type grant', t.oid::regtype::text, t.typowner,
           coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))
    FROM pg_catalog.pg_type t
    WHERE t.typnamespace IN (SELECT s.oid FROM space s) AND t.typtype IN ('e', 'd', 'r')
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_type'::regclass AND m.objid = t.oid)
    UNION ALL
    SELECT 'language grant', pg_catalog.quote_ident(l.lanname), l.lanowner, l.lanacl
    FROM pg_catalog.pg_language l WHERE l.lanacl IS NOT NULL
    UNION ALL
    SELECT 'server grant', pg_catalog.quote_ident(v.srvname), v.srvowner,
           coalesce(v.srvacl, pg_catalog.acldefault('S', v.srvowner))
    FROM pg_catalog.pg_foreign_server v
    UNION ALL
    SELECT 'database grant', 'this database', d.datdba, coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
    UNION ALL
    SELECT 'default privileges',
           pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(e.defaclrole)) || ' in '
           || coalesce((SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_namespace n
                        WHERE n.oid = e.defaclnamespace), 'every schema') || ' on '
           || CASE e.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                                   WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END,
           e.defaclrole, e.defaclacl
    FROM pg_catalog.pg_default_acl e
    WHERE e.defaclnamespace = 0 OR e.defaclnamespace IN (SELECT s.oid FROM space s)
), line AS (
    SELECT DISTINCT h.kind, h.name, g.privilege_type AS privilege, g.is_grantable AS passes_on,
           CASE WHEN g.grantee = 0 THEN 'public' WHEN g.grantee = h.owner THEN 'the owner'
                ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(g.grantee)) END AS grantee
    FROM held h CROSS JOIN LATERAL pg_catalog.aclexplode(h.acl) g
    -- Every owner has MAINTAIN from 17 on; given to somebody else it counts.
    WHERE NOT (g.privilege_type = 'MAINTAIN' AND g.grantee = h.owner)
), own AS (
    SELECT d.oid, d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()
), concerned (oid) AS (
    SELECT s.refobjid FROM pg_catalog.pg_shdepend s, own
    WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass
      AND (s.dbid = own.oid OR s.dbid = 0 AND s.classid = 'pg_catalog.pg_database'::regclass AND s.objid = own.oid)
    UNION
    SELECT own.datdba FROM own
    UNION
    SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolsuper OR r.rolbypassrls
    UNION
    SELECT m.member FROM concerned c JOIN pg_catalog.pg_auth_members m ON m.roleid = c.oid
)
SELECT g.kind, g.name AS identity, pg_catalog.string_agg(g.grantee || ': ' || g.privileges, E'\n'
                                              ORDER BY g.grantee COLLATE "C") AS definition
FROM (SELECT l.kind, l.name, l.grantee,
             pg_catalog.string_agg(l.privilege || CASE WHEN l.passes_on THEN ' with grant option' ELSE '' END, ', '
                                   ORDER BY l.privilege COLLATE "C", l.passes_on) AS privileges
      FROM line l GROUP BY l.kind, l.name, l.grantee) g
GROUP BY g.kind, g.name
UNION ALL
-- An object whose every right was revoked, the owner's too, still has to appear.
SELECT h.kind, h.name, 'nobody' FROM held h WHERE pg_catalog.cardinality(h.acl) = 0
UNION ALL
SELECT 'role', pg_catalog.quote_ident(r.rolname),
       pg_catalog.concat_ws(E'\n',
           CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'createrole' END,
           CASE WHEN r.rolcreatedb THEN 'createdb' END, CASE WHEN r.rolreplication THEN 'replication' END,
           CASE WHEN r.rolbypassrls THEN 'bypassrls' END,
           CASE WHEN r.rolcanlogin THEN 'login' ELSE 'nologin' END, CASE WHEN NOT r.rolinherit THEN 'noinherit' END,
           CASE WHEN r.rolconnlimit >= 0 THEN 'connection limit ' || r.rolconnlimit END,
           (SELECT pg_catalog.string_agg(m.line, E'\n' ORDER BY m.line COLLATE "C")
            FROM (SELECT DISTINCT 'member of ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.roleid))
                         || CASE WHEN a.admin_option THEN ' with admin' ELSE '' END
                         -- Both columns came with 16; before, membership always inherits and may always be set.
                         || CASE WHEN pg_catalog.to_jsonb(a) ->> 'set_option' = 'false' THEN ' without set' ELSE '' END
                         AS line
                  FROM pg_catalog.pg_auth_members a WHERE a.member = r.oid) m))
FROM pg_catalog.pg_roles r
WHERE r.rolname !~ '^pg_' AND r.oid IN (SELECT c.oid FROM concerned c)

-- name: settings
-- For this transaction: print every expression and constant of the catalog in one form, with qualified names.
SELECT s.name, pg_catalog.set_config(s.name, w.value, true)
FROM (VALUES ('search_path', ''), ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'), ('timezone', 'UTC'),
             ('extra_float_digits', '1'), ('bytea_output', 'hex'), ('lc_monetary', 'C'), ('xmlbinary', 'base64'),
             ('xmloption', 'content'), ('quote_all_identifiers', 'off'), ('standard_conforming_strings', 'on'),
             ('statement_timeout', '5min'), ('lock_timeout', %(lock_timeout)s)) AS w (name, value)
-- Some names are stored with capitals (TimeZone).
JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) OPERATOR(pg_catalog.=) w.name
