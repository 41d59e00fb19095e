-- name: pairs
-- Which object depends on which, by the kinds and identities of the fingerprint: object, and what it needs.
WITH member AS (
    SELECT d.classid, d.objid, pg_catalog.quote_ident(e.extname) AS extension
    FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    WHERE d.deptype = 'e' AND d.refclassid = 'pg_catalog.pg_extension'::regclass
), relation AS (
    SELECT c.oid, c.reltype, c.oid::regclass::text AS name,
           CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
                          WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence'
                          ELSE 'composite type' END AS kind
    FROM pg_catalog.pg_class c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S') AND c.oid >= 16384
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_class'::regclass AND m.objid = c.oid)
), kind AS (
    SELECT t.oid, t.typarray, t.oid::regtype::text AS name,
           CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'base type' END AS kind
    FROM pg_catalog.pg_type t
    WHERE t.oid >= 16384 AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'b' AND t.typcategory <> 'A')
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_type'::regclass AND m.objid = t.oid)
), object (classid, objid, objsubid, kind, identity) AS (
    SELECT m.classid, m.objid, 0, 'extension', m.extension FROM member m
    UNION ALL
    SELECT 'pg_catalog.pg_extension'::regclass, e.oid, 0, 'extension', pg_catalog.quote_ident(e.extname)
    FROM pg_catalog.pg_extension e
    UNION ALL
    SELECT 'pg_catalog.pg_namespace'::regclass, n.oid, 0, 'schema', pg_catalog.quote_ident(n.nspname)
    FROM pg_catalog.pg_namespace n WHERE n.oid >= 16384 OR n.oid = 2200
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, r.oid, 0, r.kind, r.name FROM relation r
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, 0, r.kind, r.name
    FROM relation r JOIN pg_catalog.pg_type base ON base.oid = r.reltype
    JOIN pg_catalog.pg_type t ON t.oid IN (base.oid, base.typarray) AND t.oid <> 0
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, 0, k.kind, k.name
    FROM kind k JOIN pg_catalog.pg_type t ON t.oid IN (k.oid, k.typarray) AND t.oid <> 0
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, g.rngmultitypid, 0, k.kind, k.name
    FROM kind k JOIN pg_catalog.pg_range g ON g.rngtypid = k.oid
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, r.oid, a.attnum,
           CASE WHEN r.kind IN ('view', 'materialized view') THEN r.kind ELSE 'column' END,
           CASE WHEN r.kind IN ('view', 'materialized view') THEN r.name
                ELSE r.name || '.' || pg_catalog.quote_ident(a.attname) END
    FROM relation r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE r.kind <> 'sequence'
    UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::regclass, d.oid, 0,
           CASE a.attgenerated WHEN '' THEN 'default' ELSE 'column' END,
           r.name || '.' || pg_catalog.quote_ident(a.attname)
    FROM relation r JOIN pg_catalog.pg_attrdef d ON d.adrelid = r.oid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::regclass, c.oid, 0, 'constraint', r.name || '.' || pg_catalog.quote_ident(c.conname)
    FROM relation r JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid AND c.contype NOT IN ('n', 't')
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::regclass, c.oid, 0, 'domain constraint', k.name || '.' || pg_catalog.quote_ident(c.conname)
    FROM kind k JOIN pg_catalog.pg_constraint c ON c.contypid = k.oid
    UNION ALL
    SELECT 'pg_catalog.pg_class'::regclass, i.indexrelid, 0,
           CASE WHEN c.oid IS NULL THEN 'index' ELSE 'constraint' END,
           CASE WHEN c.oid IS NULL THEN i.indexrelid::regclass::text
                ELSE r.name || '.' || pg_catalog.quote_ident(c.conname) END
    FROM relation r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid
    LEFT JOIN pg_catalog.pg_constraint c ON c.conrelid = r.oid AND c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
    UNION ALL
    SELECT 'pg_catalog.pg_proc'::regclass, p.oid, 0,
           CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
           p.oid::regprocedure::text
    FROM pg_catalog.pg_proc p
    WHERE p.oid >= 16384
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_proc'::regclass AND m.objid = p.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_rewrite'::regclass, w.oid, 0,
           CASE w.rulename WHEN '_RETURN' THEN r.kind ELSE 'rule' END,
           CASE w.rulename WHEN '_RETURN' THEN r.name ELSE r.name || '.' || pg_catalog.quote_ident(w.rulename) END
    FROM relation r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::regclass, t.oid, 0, 'trigger', r.name || '.' || pg_catalog.quote_ident(t.tgname)
    FROM relation r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::regclass, p.oid, 0, 'policy', r.name || '.' || pg_catalog.quote_ident(p.polname)
    FROM relation r JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::regclass, x.oid, 0, 'statistics',
           pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(x.stxname)
    FROM pg_catalog.pg_statistic_ext x JOIN pg_catalog.pg_namespace n ON n.oid = x.stxnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_operator'::regclass, o.oid, 0, 'operator', o.oid::regoperator::text
    FROM pg_catalog.pg_operator o WHERE o.oid >= 16384 AND o.oprcode <> 0
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_operator'::regclass AND m.objid = o.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_opclass'::regclass, c.oid, 0, 'operator class',
           pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.opcname) || ' using ' || a.amname
    FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace
    JOIN pg_catalog.pg_am a ON a.oid = c.opcmethod
    WHERE c.oid >= 16384
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_opclass'::regclass AND m.objid = c.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_collation'::regclass, c.oid, 0, 'collation',
           pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.collname)
    FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
    WHERE c.oid >= 16384
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_collation'::regclass AND m.objid = c.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_ts_config'::regclass, c.oid, 0, 'text search configuration',
           pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.cfgname)
    FROM pg_catalog.pg_ts_config c JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace WHERE c.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_ts_dict'::regclass, d.oid, 0, 'text search dictionary',
           pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(d.dictname)
    FROM pg_catalog.pg_ts_dict d JOIN pg_catalog.pg_namespace n ON n.oid = d.dictnamespace WHERE d.oid >= 16384
    UNION ALL
    SELECT 'pg_catalog.pg_cast'::regclass, c.oid, 0, 'cast',
           pg_catalog.format_type(c.castsource, NULL) || ' as ' || pg_catalog.format_type(c.casttarget, NULL)
    FROM pg_catalog.pg_cast c WHERE c.oid >= 16384
      AND NOT EXISTS (SELECT 1 FROM member m WHERE m.classid = 'pg_catalog.pg_cast'::regclass AND m.objid = c.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_event_trigger'::regclass, t.oid, 0, 'event trigger', pg_catalog.quote_ident(t.evtname)
    FROM pg_catalog.pg_event_trigger t
    UNION ALL
    SELECT 'pg_catalog.pg_publication'::regclass, p.oid, 0, 'publication', pg_catalog.quote_ident(p.pubname)
    FROM pg_catalog.pg_publication p
    UNION ALL
    SELECT 'pg_catalog.pg_publication_rel'::regclass, x.oid, 0, 'publication', pg_catalog.quote_ident(p.pubname)
    FROM pg_catalog.pg_publication_rel x JOIN pg_catalog.pg_publication p ON p.oid = x.prpubid
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, w.oid, 0, 'foreign-data wrapper', pg_catalog.quote_ident(w.fdwname)
    FROM pg_catalog.pg_foreign_data_wrapper w
    WHERE NOT EXISTS (SELECT 1 FROM member m
                      WHERE m.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass AND m.objid = w.oid)
    UNION ALL
    SELECT 'pg_catalog.pg_foreign_server'::regclass, s.oid, 0, 'foreign server', pg_catalog.quote_ident(s.srvname)
    FROM pg_catalog.pg_foreign_server s
    UNION ALL
    SELECT 'pg_catalog.pg_language'::regclass, l.oid, 0, 'language', pg_catalog.quote_ident(l.lanname)
    FROM pg_catalog.pg_language l WHERE l.oid >= 16384
), pair AS (
    SELECT CASE WHEN o.kind = 'sequence' AND d.deptype = 'a' AND d.refobjsubid > 0 THEN 'sequence ownership' ELSE o.kind END
               AS kind,
           o.identity, r.kind AS needed_kind, r.identity AS needed_identity
    FROM pg_catalog.pg_depend d
    JOIN object o ON o.classid = d.classid AND o.objid = d.objid AND o.objsubid = d.objsubid
    JOIN object r ON r.classid = d.refclassid AND r.objid = d.refobjid AND r.objsubid = d.refobjsubid
)
SELECT DISTINCT p.kind, p.identity, p.needed_kind, p.needed_identity
FROM pair p WHERE p.kind <> p.needed_kind OR p.identity <> p.needed_identity
UNION ALL
SELECT 'comment', i.type || ' ' || i.identity, o.kind, o.identity
FROM pg_catalog.pg_description d
JOIN object o ON o.classid = d.classoid AND o.objid = d.objoid AND o.objsubid = d.objsubid
CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classoid, d.objoid, d.objsubid) i
