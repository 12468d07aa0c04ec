-- Attempts to prove that a mailbox is somebody's. `kind` 1 is a recovery, 2 a verification, 3 a change of address,
-- 4 an invitation. A row with `due_at` is a request whose mail is not made yet. Rows stay for 24 hours at least, since
-- the wrong codes of an account are counted on them; ids begin with the time, so cleaning takes a range of them.
CREATE TABLE flows (
  id                 BLOB    NOT NULL PRIMARY KEY,
  kind               INTEGER NOT NULL CONSTRAINT flows_kind CHECK (kind BETWEEN 1 AND 4),
  account_id         BLOB,
  address            TEXT,
  address_key        TEXT,
  handle_digest      BLOB    NOT NULL,
  link_digest        BLOB,
  code_mac           BLOB,
  credential_version INTEGER,
  wrong_codes        INTEGER NOT NULL,
  created_at         INTEGER NOT NULL,
  expires_at         INTEGER NOT NULL,
  due_at             INTEGER,
  CONSTRAINT flows_address_and_key CHECK ((address IS NULL) = (address_key IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX flows_by_account ON flows (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX flows_due ON flows (due_at) WHERE due_at IS NOT NULL;

UPDATE schema_info SET version = 5;
