DO $outer$
BEGIN
  EXECUTE $inner$
    DO $deep$ BEGIN
      DROP TABLE legacy_coupons;
    END $deep$
  $inner$;
END
$outer$;
