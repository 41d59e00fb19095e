alter table products validate constraint color_or_weight;
