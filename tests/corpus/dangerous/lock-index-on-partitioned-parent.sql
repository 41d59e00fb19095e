CREATE INDEX events_customer_id_idx ON events (customer_id) WHERE customer_id IS NOT NULL;
