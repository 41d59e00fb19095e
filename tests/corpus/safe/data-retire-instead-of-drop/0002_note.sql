COMMENT ON TABLE drafts IS 'retired on 2026-11-22, to be dropped after 2027-02-22';
