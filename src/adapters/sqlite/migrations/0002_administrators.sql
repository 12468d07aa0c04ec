-- Finds out whether another administrator is left without looking at every account.
CREATE INDEX accounts_active_administrators ON accounts (id) WHERE role = 1 AND status = 2;

UPDATE schema_info SET version = 2;
