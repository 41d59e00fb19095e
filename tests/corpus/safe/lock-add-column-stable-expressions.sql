ALTER TABLE customers
  ADD COLUMN trial_until timestamptz DEFAULT (now() + interval '30 days'),
  ADD COLUMN joined_on   date NOT NULL DEFAULT CURRENT_DATE,
  ADD COLUMN segment     text NOT NULL DEFAULT upper('new'),
  ADD COLUMN synced_at   timestamptz DEFAULT pg_catalog.now(),
  ADD COLUMN year_joined integer DEFAULT extract(year FROM now())::integer;
