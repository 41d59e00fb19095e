COPY public.coupons (code, percent_off, valid_until) FROM stdin;
SPRING27	10	2027-06-01
SUMMER27	15	2027-09-01
\.

ALTER TABLE coupons ADD COLUMN campaign text;
