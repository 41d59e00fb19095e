CREATE TABLE IF NOT EXISTS tag_slots (
    id       uuid NOT NULL,
    group_id bigint NOT NULL,
    run_id   uuid,
    CONSTRAINT tag_slots_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX IF NOT EXISTS tag_slots_run_id_key ON tag_slots (run_id);
CREATE INDEX tag_slots_group_id_idx ON tag_slots (group_id);
