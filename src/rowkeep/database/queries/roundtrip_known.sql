-- What passed when it last went there and back, in this very database and on this major.
SELECT newest.migration, newest.up_checksum, newest.down_checksum
FROM (
    SELECT DISTINCT ON (roundtrip.migration, roundtrip.up_checksum, roundtrip.down_checksum) roundtrip.*
    FROM rowkeep.roundtrip AS roundtrip
    WHERE roundtrip.history = %(history)s
    ORDER BY roundtrip.migration, roundtrip.up_checksum, roundtrip.down_checksum, roundtrip.id DESC
) AS newest
WHERE newest.details OPERATOR(pg_catalog.@>) %(details)s::pg_catalog.jsonb
