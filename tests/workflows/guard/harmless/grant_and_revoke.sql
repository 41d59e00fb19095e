-- migration
GRANT SELECT ON users TO somebody; REVOKE SELECT ON users FROM somebody;
