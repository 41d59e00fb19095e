-- Atlas: a row for each version; it counts its statements, and is done when all of them were applied.
SELECT entry.version::pg_catalog.text, entry.applied = entry.total FROM {history} AS entry WHERE entry.version <> '.atlas_cloud_identifier'
