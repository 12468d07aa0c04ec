-- One column of each type, with and without NULL; "quotes", a \ and a ';' survive being embedded.
CREATE TABLE things (
  id BLOB NOT NULL,
  name TEXT NOT NULL DEFAULT 'a;b',
  payload BLOB NOT NULL,
  number INTEGER NOT NULL,
  ratio REAL NOT NULL,
  is_active INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  digest BLOB NOT NULL,
  CONSTRAINT things_id PRIMARY KEY (id),
  CONSTRAINT things_name UNIQUE (name)
) STRICT, WITHOUT ROWID;

CREATE TABLE blanks (
  id INTEGER PRIMARY KEY,
  uuid BLOB,
  name TEXT,
  payload BLOB,
  number INTEGER,
  ratio REAL,
  is_active INTEGER,
  seen INTEGER,
  digest BLOB
) STRICT;
