CREATE PROCEDURE tidy() LANGUAGE plpgsql AS $$
BEGIN
  VACUUM sessions;
END
$$;
CALL tidy();
