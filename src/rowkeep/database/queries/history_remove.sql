-- A row of history goes, without anything being undone.
DELETE FROM {history} WHERE id OPERATOR(pg_catalog.=) %(row)s::pg_catalog.int8 RETURNING id
