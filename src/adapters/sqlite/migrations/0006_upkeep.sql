-- Finds the sessions that ended long ago. Written when one ends, not when one begins.
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Requests that named themselves with an Idempotency-Key and were done, each inserted with what it did. `key` and
-- `fingerprint` are keyed digests: of the name with its use case, and of what was asked for, without the password.
CREATE TABLE idempotency_keys (
  key         BLOB    NOT NULL PRIMARY KEY,
  fingerprint BLOB    NOT NULL,
  account_id  BLOB,
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

UPDATE schema_info SET version = 6;
