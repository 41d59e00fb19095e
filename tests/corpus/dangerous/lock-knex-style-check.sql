alter table "customers" drop constraint if exists "customers_currency_check";
alter table "customers" add constraint "customers_currency_check" check ("currency" in ('EUR', 'USD', 'CHF'));
