-- What whoever holds it may make the first administrator with: one row at most, none once there is an administrator.
-- `made_by` 1 is a start of the server, 2 an operator's command.
CREATE TABLE setup_token (
  id         INTEGER NOT NULL PRIMARY KEY CONSTRAINT setup_token_is_one_row CHECK (id = 1),
  digest     BLOB    NOT NULL,
  made_by    INTEGER NOT NULL CONSTRAINT setup_token_made_by CHECK (made_by IN (1, 2)),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

UPDATE schema_info SET version = 4;
