ALTER TABLE billing.payments SET TABLESPACE fast_disks;
