CREATE TABLE Spans (at timestamptz NOT NULL, name text NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE Span_Events (at timestamptz NOT NULL, name text NOT NULL) PARTITION BY RANGE (at);
DO $$
DECLARE
  parent  text;
  day     date := current_date;
  from_at varchar;
  to_at   varchar;
  child   varchar;
BEGIN
  FOREACH parent IN ARRAY ARRAY['Spans', 'Span_Events'] LOOP
    SELECT to_char(day, 'YYYYMMDD') INTO from_at;
    SELECT to_char(day + INTERVAL '1 day', 'YYYYMMDD') INTO to_at;
    SELECT lower(format('%s_%s', parent, from_at)) INTO child;
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING INDEXES)', child, parent);
    EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_scale_factor = ''0.1'')', child);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (''%s'') TO (''%s'')',
                   parent, child, from_at, to_at);
  END LOOP;
END
$$;
