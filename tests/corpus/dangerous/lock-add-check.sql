set lock_timeout = '2s';
alter table public.orders add constraint orders_total_not_negative check (total >= 0);
