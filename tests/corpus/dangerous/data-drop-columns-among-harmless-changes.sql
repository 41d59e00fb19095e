alter table products
  add column brand text,
  drop color,
  alter column weight_grams set statistics 500;
