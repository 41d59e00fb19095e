alter table products add constraint color_or_weight check (color is not null or weight_grams is not null) not valid;
