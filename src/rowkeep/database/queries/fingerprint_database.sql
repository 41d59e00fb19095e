-- What hangs on the database as a whole: its own properties, extensions, settings, event triggers, publications, comments.
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
           'owner ' || pg_catalog.pg_get_userbyid((o.row ->> 'datdba')::oid)::text,
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
           'owner ' || pg_catalog.pg_get_userbyid(t.evtowner)::text, 'on ' || t.evtevent::text,
           'when tag in ' || t.evttags::text, 'executes ' || t.evtfoid::regprocedure::text,
           CASE t.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled on replicas only'
                             WHEN 'A' THEN 'enabled always' END)
FROM pg_catalog.pg_event_trigger t
WHERE NOT EXISTS (SELECT 1 FROM member m
                  WHERE m.classid = 'pg_catalog.pg_event_trigger'::regclass AND m.objid = t.oid)
UNION ALL
SELECT 'publication', pg_catalog.quote_ident(p.pubname),
       pg_catalog.concat_ws(E'\n',
           'owner ' || pg_catalog.pg_get_userbyid(p.pubowner)::text,
           CASE WHEN p.puballtables THEN 'all tables' END,
           'publishes ' || pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
               CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
               CASE WHEN p.pubtruncate THEN 'truncate' END),
           CASE WHEN p.pubviaroot THEN 'via the partition root' END,
           (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(t.schemaname) || '.' || pg_catalog.quote_ident(t.tablename)
                                         -- The row filter came with 15.
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
       'owner ' || pg_catalog.pg_get_userbyid(l.lanowner)::text || CASE WHEN l.lanpltrusted THEN E'\ntrusted' ELSE '' END
FROM pg_catalog.pg_language l
WHERE l.lanispl
  AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_language'::regclass AND m.objid = l.oid)
UNION ALL
SELECT 'foreign-data wrapper', pg_catalog.quote_ident(w.fdwname),
       pg_catalog.concat_ws(E'\n', 'owner ' || pg_catalog.pg_get_userbyid(w.fdwowner)::text,
           'handler ' || nullif(w.fdwhandler, 0)::regprocedure::text,
           'validator ' || nullif(w.fdwvalidator, 0)::regprocedure::text)
FROM pg_catalog.pg_foreign_data_wrapper w
WHERE NOT EXISTS (SELECT 1 FROM member m
                  WHERE m.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass AND m.objid = w.oid)
UNION ALL
-- An option may hold a secret: where its name does not rule that out, only a hash of it is shown.
SELECT 'foreign server', pg_catalog.quote_ident(s.srvname),
       pg_catalog.concat_ws(E'\n', 'owner ' || pg_catalog.pg_get_userbyid(s.srvowner)::text,
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
  AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = d.classoid AND m.objid = d.objoid)
