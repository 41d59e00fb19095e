CREATE TABLE public.scans (day date NOT NULL, n integer) PARTITION BY RANGE (day);
DO $$
DECLARE
  d date;
BEGIN
  FOR m IN 1..3 LOOP
    d := make_date(2027, m, 1);
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.scans FOR VALUES FROM (%L) TO (%L)',
                   'scans_' || to_char(d, 'YYYYMM'), d, (d + interval '1 month')::date);
  END LOOP;
END $$;
