-- A role that migrations speak of: it may do nothing.
CREATE ROLE {role} NOLOGIN
