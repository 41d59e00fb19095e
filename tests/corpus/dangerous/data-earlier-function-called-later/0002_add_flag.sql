ALTER TABLE coupons ADD COLUMN single_use boolean NOT NULL DEFAULT false;
