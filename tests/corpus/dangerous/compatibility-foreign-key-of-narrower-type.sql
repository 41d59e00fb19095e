CREATE TABLE accounts (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner text NOT NULL
);

CREATE TABLE accounts_notes (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id integer NOT NULL REFERENCES accounts (id),
  body       text NOT NULL
);
CREATE INDEX ON accounts_notes (account_id);
