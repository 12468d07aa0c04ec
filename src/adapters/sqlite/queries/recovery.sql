-- name: find_recoverable :opt
-- Active or pending.
SELECT id AS "id::uuid", email, email_verified_at AS "email_verified_at::time", display_name, locale, credential_version
FROM accounts
WHERE email_key = $email_key::text AND status <> 4 AND status IN (1, 2);

-- name: upsert_verifier :exec
-- Whatever was there: the credential version has just been compared, and moves with it.
INSERT INTO credentials (account_id, kind, verifier, updated_at) VALUES ($account_id::uuid, 1, $verifier::text, $now::time)
ON CONFLICT (account_id) DO UPDATE SET verifier = excluded.verifier, kind = 1, updated_at = excluded.updated_at;

-- name: drop_profile :exec
-- Of an address that was never verified: whoever wrote it need not be its owner.
UPDATE accounts SET display_name = NULL, locale = NULL, time_zone = NULL, phone = NULL, phone_verified_at = NULL,
                    avatar = NULL
WHERE id = $id::uuid;

-- name: recover_account :exec
-- Who proved the mailbox is neither pending nor unverified any more.
UPDATE accounts SET credential_version = credential_version + 1, status = 2,
                    email_verified_at = coalesce(email_verified_at, $now::time), updated_at = $now::time
WHERE id = $id::uuid;

-- name: drop_counter :exec
-- With the lock and how often there was one.
DELETE FROM throttle_counters WHERE key = $key::digest;

-- name: delete_all_account_flows :exec
DELETE FROM flows WHERE account_id = $account_id::uuid;
