CREATE OR REPLACE PROCEDURE audit.rotate(keep integer DEFAULT 0)
LANGUAGE plpgsql
AS $procedure$
BEGIN
  IF keep = 0 THEN
    TRUNCATE TABLE audit.log RESTART IDENTITY;
  END IF;
END;
$procedure$;

CALL audit.rotate();
