-- loses: public.totals
-- migration
REFRESH MATERIALIZED VIEW totals WITH NO DATA;
