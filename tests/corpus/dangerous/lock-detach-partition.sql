alter table metrics detach partition metrics_2026_q3;
