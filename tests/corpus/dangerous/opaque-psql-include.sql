\set ON_ERROR_STOP on
\i ../common/cleanup_everything.sql
ALTER TABLE coupons ADD COLUMN created_at timestamptz DEFAULT now();
