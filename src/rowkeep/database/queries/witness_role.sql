-- Who runs the migrations on a witness: a role like that of a deploy, without a superuser's powers.
CREATE ROLE rowkeep_witness LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE
