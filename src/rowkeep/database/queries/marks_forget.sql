-- A migration is finished: its marks are no longer needed.
DELETE FROM rowkeep.checkpoint
WHERE
    history OPERATOR(pg_catalog.=) $1::pg_catalog.text
    AND migration OPERATOR(pg_catalog.=) $2::pg_catalog.text
    AND direction OPERATOR(pg_catalog.=) $3::pg_catalog.text
