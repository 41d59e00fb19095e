-- Nothing runs when somebody logs in.
UPDATE pg_catalog.pg_event_trigger SET evtenabled = 'D' WHERE evtevent = 'login'
