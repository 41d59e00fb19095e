-- Up Migration
ALTER TABLE ALL IN TABLESPACE pg_default OWNED BY shop_owner SET TABLESPACE fast_disks;
-- Down Migration
