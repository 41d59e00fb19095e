BEGIN;
ALTER TABLE coupons ADD COLUMN minimum_cents integer NOT NULL DEFAULT 0;
