CREATE FUNCTION forget_addresses() RETURNS void
LANGUAGE sql
BEGIN ATOMIC
  DELETE FROM addresses;
END;

SELECT forget_addresses() AS done;
