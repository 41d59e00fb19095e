-- migration
CREATE RULE also AS ON INSERT TO settings DO ALSO NOTIFY changed;
