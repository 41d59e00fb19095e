\set victim coupons
BEGIN;
DROP TABLE :"victim";
COMMIT;
