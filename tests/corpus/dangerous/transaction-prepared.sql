BEGIN;
ALTER TABLE coupons ADD COLUMN note text;
PREPARE TRANSACTION 'coupons_note';
