MERGE INTO coupons AS c
USING (VALUES ('WINTER27', 10), ('CODE1', 99)) AS v (code, percent_off) ON c.code = v.code
WHEN NOT MATCHED THEN INSERT (code, percent_off) VALUES (v.code, v.percent_off);
