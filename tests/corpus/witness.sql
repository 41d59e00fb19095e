-- What the witness asks; functions in the session's temporary schema, so that the database stays as it is.

-- A name as people say it: without public, with every other schema.
CREATE FUNCTION pg_temp.said(schema name, object text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN schema = 'public' THEN object ELSE schema || '.' || object END
$$;

-- Every table: what it is called, its columns by number, and all its rows (a parent's with those of its children).
CREATE FUNCTION pg_temp.tables() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  relation record;
  content  jsonb;
  found    jsonb := '{}';
BEGIN
  FOR relation IN
    SELECT c.oid, n.nspname, c.relname,
           pg_catalog.jsonb_object_agg(a.attnum, a.attname) AS columns,
           pg_catalog.string_agg(pg_catalog.format('%I::text', a.attname), ', ' ORDER BY a.attnum) AS list
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    GROUP BY 1, 2, 3
  LOOP
    EXECUTE pg_catalog.format('SELECT jsonb_agg(jsonb_build_array(%s)) FROM %I.%I',
                              relation.list, relation.nspname, relation.relname) INTO content;
    found := found || pg_catalog.jsonb_build_object(relation.oid, pg_catalog.jsonb_build_object(
      'name', pg_temp.said(relation.nspname, relation.relname), 'columns', relation.columns,
      'rows', coalesce(content, '[]')));
  END LOOP;
  RETURN found;
END
$$;

-- Every other object that a migration can lose.
CREATE FUNCTION pg_temp.objects() RETURNS SETOF text LANGUAGE sql STABLE AS $$
  SELECT 'schema ' || nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_'
  UNION ALL
  SELECT CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'matview ' ELSE 'sequence ' END
         || pg_temp.said(n.nspname, c.relname)
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('v', 'm', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                      AND c.relkind = 'S')
  UNION ALL
  SELECT 'function ' || pg_temp.said(n.nspname, p.proname || '('
                                     || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')')
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  UNION ALL
  SELECT 'type ' || pg_temp.said(n.nspname, t.typname)
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.typelem = 0
    AND (t.typtype IN ('e', 'd')
         OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
  UNION ALL
  SELECT 'publication ' || pubname FROM pg_catalog.pg_publication
  UNION ALL
  SELECT 'extension ' || extname FROM pg_catalog.pg_extension
$$;

-- The names of those queries of the application that fail, or that find or change no row. Leaves no trace.
CREATE FUNCTION pg_temp.broken(names text[], queries text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  failed text[] := '{}';
  rows   bigint;
BEGIN
  PERFORM pg_catalog.set_config('role', 'shop_app', true), pg_catalog.set_config('shop.customer_id', '1', true);
  FOR i IN 1 .. pg_catalog.cardinality(names) LOOP
    BEGIN
      EXECUTE queries[i];
      GET DIAGNOSTICS rows = ROW_COUNT;
      RAISE SQLSTATE 'WITNE';
    EXCEPTION
      WHEN SQLSTATE 'WITNE' THEN
        IF rows = 0 THEN
          failed := failed || names[i];
        END IF;
      WHEN OTHERS THEN
        failed := failed || names[i];
    END;
  END LOOP;
  PERFORM pg_catalog.set_config('role', 'none', true);
  RETURN failed;
END
$$;
