create unique index "LegacyOrders_Payload" on public."LegacyOrders" (lower("Payload"));
