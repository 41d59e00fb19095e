alter table products alter column color set not null;
