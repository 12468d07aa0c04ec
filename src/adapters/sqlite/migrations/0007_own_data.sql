-- A phone number that nobody has proven to be theirs identifies nobody: two accounts may say the same one, and none
-- learns of the other.
DROP INDEX accounts_by_phone;
CREATE UNIQUE INDEX accounts_by_phone ON accounts (phone) WHERE status <> 4 AND phone_verified_at IS NOT NULL;

-- `avatar` is the name of a picture. Whether somebody shows it, and what is left to erase of the deleted.
CREATE UNIQUE INDEX accounts_by_avatar ON accounts (avatar) WHERE avatar IS NOT NULL;
CREATE INDEX accounts_by_deletion ON accounts (deleted_at) WHERE status = 4;

-- Objects of the picture store that no account shows: those being written, those that a client was asked to upload, and
-- those replaced. A row is there before its object is, and goes in the transaction in which an account takes the picture
-- for its own, or once the object has gone. After `due_at` an object is claimed and removed; a claimed one is nobody's.
CREATE TABLE leftover_pictures (
  object       TEXT    NOT NULL PRIMARY KEY,
  due_at       INTEGER NOT NULL,
  is_claimed   INTEGER NOT NULL CONSTRAINT leftover_pictures_is_claimed CHECK (is_claimed IN (0, 1)),
  account_id   BLOB,
  content_type TEXT,
  content_size INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX leftover_pictures_due ON leftover_pictures (due_at);
-- Who was asked to upload: once an account.
CREATE UNIQUE INDEX leftover_pictures_awaited ON leftover_pictures (account_id) WHERE account_id IS NOT NULL;

-- All that is held about one account is found without looking at everybody's.
CREATE INDEX sessions_of_account ON sessions (account_id, id);
CREATE INDEX outbox_of_account ON outbox (account_id, id) WHERE account_id IS NOT NULL;

UPDATE schema_info SET version = 7;
