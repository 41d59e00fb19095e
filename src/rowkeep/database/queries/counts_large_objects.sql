-- How many large objects there are, and two sums of hashes over the number and content of each.
SELECT pg_catalog.count(*),
       pg_catalog.sum(pg_catalog.hashtextextended(q.line, 0)::numeric)::text,
       pg_catalog.sum(pg_catalog.hashtextextended(q.line, 1)::numeric)::text
FROM (SELECT o.oid::text || ' ' || pg_catalog.encode(pg_catalog.sha256(pg_catalog.lo_get(o.oid)), 'hex') AS line
      FROM pg_catalog.pg_largeobject_metadata o OFFSET 0) AS q
