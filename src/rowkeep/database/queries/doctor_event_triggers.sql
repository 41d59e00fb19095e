-- Event triggers: code that runs at every change of the structure, restores included.
SELECT evtname::text, evtevent::text, evtenabled = 'D' FROM pg_catalog.pg_event_trigger ORDER BY 1
