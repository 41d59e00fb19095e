CREATE OR REPLACE FUNCTION forbid_truncate() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  -- DROP TABLE is stopped elsewhere
  RAISE EXCEPTION 'TRUNCATE % is not allowed; ask before you DROP TABLE or DELETE FROM it', TG_TABLE_NAME
    USING HINT = 'DROP TABLE needs a ticket';
END
$$;
COMMENT ON FUNCTION forbid_truncate() IS 'Keeps people from TRUNCATE; see also DROP OWNED.';
