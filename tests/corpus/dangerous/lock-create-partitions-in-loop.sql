DO $$
DECLARE
  first_day date;
BEGIN
  FOR m IN 0..11 LOOP
    first_day := date '2027-01-01' + make_interval(months => m);
    EXECUTE format(
      'CREATE TABLE IF NOT EXISTS %I PARTITION OF public.events FOR VALUES FROM (%L) TO (%L)',
      'events_' || to_char(first_day, 'YYYY_MM'), first_day, first_day + interval '1 month'
    );
  END LOOP;
END $$;
