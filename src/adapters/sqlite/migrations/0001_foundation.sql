-- Times are microseconds since 1970-01-01 UTC. Ids are 16-byte UUIDs, digests 32 bytes. Every key is what look-ups use.

-- One row: which schema this is, and the oldest program that can still read it.
CREATE TABLE schema_info (
  id         INTEGER NOT NULL PRIMARY KEY CONSTRAINT schema_info_is_one_row CHECK (id = 1),
  version    INTEGER NOT NULL,
  min_reader INTEGER NOT NULL
) STRICT;

-- Proof that the master key in use is the one this store was made with. No key a row still names may be missing.
CREATE TABLE key_checks (
  version    INTEGER NOT NULL PRIMARY KEY,
  digest     BLOB    NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Asymmetric keys. The private half is sealed under the master key. A key is published before it is used and stays
-- published until the last token it signed has expired.
CREATE TABLE signing_keys (
  id             TEXT    NOT NULL PRIMARY KEY,
  purpose        TEXT    NOT NULL,
  algorithm      TEXT    NOT NULL,
  public_key     BLOB    NOT NULL,
  sealed_private BLOB    NOT NULL,
  created_at     INTEGER NOT NULL,
  active_from    INTEGER NOT NULL,
  active_until   INTEGER,
  published_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  id                 BLOB    NOT NULL PRIMARY KEY,
  email              TEXT,
  email_key          TEXT,
  email_verified_at  INTEGER,
  phone              TEXT,
  phone_verified_at  INTEGER,
  display_name       TEXT,
  locale             TEXT,
  time_zone          TEXT,
  avatar             TEXT,
  role               INTEGER NOT NULL CONSTRAINT accounts_role CHECK (role BETWEEN 1 AND 3),
  status             INTEGER NOT NULL CONSTRAINT accounts_status CHECK (status BETWEEN 1 AND 4),
  credential_version INTEGER NOT NULL,
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  deleted_at         INTEGER,
  CONSTRAINT accounts_have_an_identifier CHECK (email_key IS NOT NULL OR phone IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX accounts_by_email ON accounts (email_key) WHERE status <> 4;
CREATE UNIQUE INDEX accounts_by_phone ON accounts (phone) WHERE status <> 4 AND phone IS NOT NULL;

-- A password, as a verifier only. `kind` 1 is Argon2id, 2 a pending verifier (design: deferred hardening).
CREATE TABLE credentials (
  account_id BLOB    NOT NULL PRIMARY KEY CONSTRAINT credentials_account REFERENCES accounts (id),
  kind       INTEGER NOT NULL CONSTRAINT credentials_kind CHECK (kind IN (1, 2)),
  verifier   TEXT    NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX credentials_pending ON credentials (updated_at) WHERE kind = 2;

CREATE TABLE sessions (
  id                      BLOB    NOT NULL PRIMARY KEY,
  account_id              BLOB    NOT NULL CONSTRAINT sessions_account REFERENCES accounts (id),
  credential_version      INTEGER NOT NULL,
  token_digest            BLOB    NOT NULL,
  refresh_generation      INTEGER NOT NULL,
  refresh_digest          BLOB    NOT NULL,
  refresh_previous_digest BLOB,
  refresh_nonce           BLOB,
  refreshed_at            INTEGER NOT NULL,
  device_id               TEXT    NOT NULL,
  device_name             TEXT    NOT NULL,
  device_type             TEXT    NOT NULL,
  client_version          TEXT    NOT NULL,
  device_metadata         TEXT    NOT NULL,
  installation_id         BLOB,
  ip                      TEXT    NOT NULL,
  country                 TEXT,
  created_at              INTEGER NOT NULL,
  auth_time               INTEGER NOT NULL,
  last_seen_at            INTEGER NOT NULL,
  expires_at              INTEGER NOT NULL,
  absolute_expires_at     INTEGER NOT NULL,
  activity_count          INTEGER NOT NULL,
  ended_at                INTEGER,
  end_reason              INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sessions_by_token ON sessions (token_digest);
CREATE UNIQUE INDEX sessions_by_device ON sessions (account_id, device_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_with_nonce ON sessions (refreshed_at) WHERE refresh_nonce IS NOT NULL;

-- What cached sessions of other threads and processes must be dropped. Numbers are never used twice.
CREATE TABLE invalidations (
  sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  kind     INTEGER NOT NULL CONSTRAINT invalidations_kind CHECK (kind IN (1, 2)),
  subject  BLOB    NOT NULL,
  at       INTEGER NOT NULL
) STRICT;

-- Failed sign-ins by keyed digest of the identifier, whether or not an account has it.
CREATE TABLE throttle_counters (
  key            BLOB    NOT NULL PRIMARY KEY,
  failures       INTEGER NOT NULL,
  failures_since INTEGER NOT NULL,
  locked_until   INTEGER,
  lock_level     INTEGER NOT NULL,
  forgotten_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_counters_forgotten ON throttle_counters (forgotten_at);

-- Sign-ins whose password is being checked. A row nobody settled belongs to a process that died; it expires.
CREATE TABLE throttle_reservations (
  key        BLOB    NOT NULL,
  print      BLOB    NOT NULL,
  holders    INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (key, print)
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_reservations_expired ON throttle_reservations (expires_at);

-- One hash chain per stream, a stream per start of a writer. What is a person's is in audit_persons, which can be
-- erased without breaking a chain: the row here holds a salted commitment to it.
CREATE TABLE audit_events (
  stream            BLOB    NOT NULL,
  sequence          INTEGER NOT NULL,
  at                INTEGER NOT NULL,
  event             TEXT    NOT NULL,
  account_id        BLOB,
  session_id        BLOB,
  person_commitment BLOB    NOT NULL,
  previous_hash     BLOB    NOT NULL,
  hash              BLOB    NOT NULL,
  PRIMARY KEY (stream, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_events_by_account ON audit_events (account_id, at) WHERE account_id IS NOT NULL;

CREATE TABLE audit_persons (
  stream   BLOB    NOT NULL,
  sequence INTEGER NOT NULL,
  salt     BLOB    NOT NULL,
  person   TEXT    NOT NULL,
  PRIMARY KEY (stream, sequence)
) STRICT, WITHOUT ROWID;

-- Signed heads of all chains; what retention removes, it removes up to one of these.
CREATE TABLE audit_checkpoints (
  id        INTEGER NOT NULL PRIMARY KEY,
  at        INTEGER NOT NULL,
  heads     TEXT    NOT NULL,
  key_id    TEXT    NOT NULL,
  signature BLOB    NOT NULL
) STRICT;

-- Mails, written with their cause. The payload is sealed, and wiped once delivered.
CREATE TABLE outbox (
  id           BLOB    NOT NULL PRIMARY KEY,
  kind         TEXT    NOT NULL,
  account_id   BLOB,
  locale       TEXT,
  payload      BLOB,
  created_at   INTEGER NOT NULL,
  due_at       INTEGER,
  attempts     INTEGER NOT NULL,
  leased_until INTEGER,
  fence        INTEGER NOT NULL,
  delivered_at INTEGER,
  failed_at    INTEGER,
  last_error   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;

INSERT INTO schema_info (id, version, min_reader) VALUES (1, 1, 1);
