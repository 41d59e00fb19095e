BEGIN;
alter table billing.refunds add foreign key (payment_id) references billing.payments(id);
alter table orders add foreign key (shipping_address_id) references addresses on delete set null;
COMMIT;
