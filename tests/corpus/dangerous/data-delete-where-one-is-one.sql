-- Up Migration
delete from billing.refunds r where 1 = 1 returning r.id;
-- Down Migration
