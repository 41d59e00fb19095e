-- freeze refunds during the audit
CREATE OR REPLACE RULE refunds_frozen AS ON INSERT TO billing.refunds DO INSTEAD NOTHING;
