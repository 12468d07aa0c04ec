-- name: find_any_account :opt
-- Deleted ones too.
SELECT a.id AS "id::uuid", a.email, a.email_key, a.email_verified_at AS "email_verified_at::time", a.phone,
       a.phone_verified_at AS "phone_verified_at::time", a.display_name, a.locale, a.time_zone, a.avatar, a.role, a.status, a.credential_version, a.created_at AS "created_at::time",
       a.updated_at AS "updated_at::time",
       EXISTS (SELECT 1 FROM credentials c WHERE c.account_id = a.id) AS "has_password::bool!"
FROM accounts a
WHERE a.id = $id::uuid;

-- name: update_account :exec
-- Changes nothing if no active administrator would be left. Another phone number is not verified.
UPDATE accounts SET email = $email::text, email_key = $email_key::text, email_verified_at = $email_verified_at::time?,
                    phone_verified_at = CASE WHEN phone IS $phone::text? THEN phone_verified_at END, phone = $phone::text?,
                    display_name = $display_name::text?, locale = $locale::text?, time_zone = $time_zone::text?,
                    role = $role::int, status = $status::int, updated_at = $now::time
WHERE id = $id::uuid AND status <> 4
  AND (($role::int = 1 AND $status::int = 2) OR role <> 1 OR status <> 2
       OR EXISTS (SELECT 1 FROM accounts other WHERE other.role = 1 AND other.status = 2 AND other.id <> $id::uuid));

-- name: put_credential :exec
INSERT INTO credentials (account_id, kind, verifier, updated_at)
VALUES ($account_id::uuid, 1, $verifier::text, $now::time)
ON CONFLICT (account_id) DO UPDATE SET kind = 1, verifier = excluded.verifier, updated_at = excluded.updated_at;

-- name: activate_pending_account :exec
UPDATE accounts SET status = 2, updated_at = $now::time WHERE id = $id::uuid AND status = 1;

-- name: accept_invitation :exec
-- The address is proven by it.
UPDATE accounts SET status = 2, email_verified_at = $now::time, display_name = coalesce($display_name::text?, display_name),
                    updated_at = $now::time
WHERE id = $id::uuid AND status = 1;

-- name: restore_account :exec
-- Changes nothing if the address belongs to another account by now.
UPDATE OR IGNORE accounts SET status = $status::int, deleted_at = NULL, updated_at = $now::time
WHERE id = $id::uuid AND status = 4;
