ALTER TABLE coupons ADD COLUMN max_uses integer;
\! ./scripts/notify.sh "coupons changed"
