-- Up Migration
dRoP TaBlE /* finally */ "public" . "LegacyOrders"
;
-- Down Migration
