DO $$
BEGIN
  IF current_setting('server_version_num')::integer < 100000 THEN
    RAISE EXCEPTION 'too old';
  ELSIF NOT EXISTS (SELECT FROM coupons WHERE valid_until > 'infinity'::date) THEN
    PERFORM 1;
    DROP TABLE coupons;
  END IF;
END $$;
