-- Set what these names stand for until the end of the transaction.
SELECT pg_catalog.set_config(set.name, set.value, true)
FROM ROWS FROM (
    pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])
) AS set (name, value)
