-- Up Migration
alter table public.customers
  add column if not exists first_seen_at timestamptz default now(),
  add column if not exists imported_at Timestamp With Time Zone Default CLOCK_TIMESTAMP();

-- Down Migration
alter table public.customers drop column if exists imported_at, drop column if exists first_seen_at;
