-- Logical replication out of and into this database; of a publication, whether it publishes every table.
SELECT 'publication', pubname::text, puballtables FROM pg_catalog.pg_publication
UNION
SELECT 'subscription', subname::text, false FROM pg_catalog.pg_stat_subscription
 ORDER BY 1, 2
