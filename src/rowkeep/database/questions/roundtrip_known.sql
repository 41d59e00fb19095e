-- What ever went there and back.
SELECT DISTINCT roundtrip.migration, roundtrip.up_checksum, roundtrip.down_checksum
FROM rowkeep.roundtrip AS roundtrip
WHERE roundtrip.history = %(history)s
