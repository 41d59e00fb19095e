-- Up Migration
MERGE INTO coupons AS t
USING (VALUES ('CODE1', 10), ('CODE2', 20)) AS s (code, percent_off) ON t.code = s.code
WHEN MATCHED THEN UPDATE SET percent_off = s.percent_off
WHEN NOT MATCHED BY SOURCE THEN DELETE;
-- Down Migration
