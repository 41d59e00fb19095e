-- migration
REFRESH MATERIALIZED VIEW totals;
