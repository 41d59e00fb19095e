alter table orders alter column legacy_ref type varchar(12) using left(legacy_ref, 12);
