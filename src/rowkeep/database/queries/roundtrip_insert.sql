-- A migration went there and back.
INSERT INTO rowkeep.roundtrip (history, migration, up_checksum, down_checksum, details)
VALUES (%(history)s, %(migration)s, %(up)s, %(down)s, %(details)s::pg_catalog.jsonb)
