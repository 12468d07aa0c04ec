-- The text that is signed says all of a checkpoint: its number and time too, which are columns to look it up by.
ALTER TABLE audit_checkpoints RENAME COLUMN heads TO text;

-- What retention removed: all rows that the checkpoint knows. At most one row, signed, which stands for earlier ones.
CREATE TABLE audit_removals (
  checkpoint INTEGER NOT NULL PRIMARY KEY CONSTRAINT audit_removals_checkpoint REFERENCES audit_checkpoints (id),
  at         INTEGER NOT NULL,
  text       TEXT    NOT NULL,
  key_id     TEXT    NOT NULL,
  signature  BLOB    NOT NULL
) STRICT;

UPDATE schema_info SET version = 3;
