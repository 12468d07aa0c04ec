-- name: insert_account :exec
-- Changes nothing when the identifier belongs to another account that is not deleted.
INSERT INTO accounts (id, email, email_key, phone, display_name, locale, time_zone, role, status, credential_version, created_at,
                      updated_at)
VALUES ($id::uuid, $email::text, $email_key::text, $phone::text?, $display_name::text?, $locale::text?, $time_zone::text?,
        $role::int, $status::int, 1, $now::time, $now::time)
ON CONFLICT DO NOTHING;

-- name: insert_credential :exec
INSERT INTO credentials (account_id, kind, verifier, updated_at)
VALUES ($account_id::uuid, $kind::int, $verifier::text, $now::time);

-- name: find_sign_in :opt
SELECT a.id AS "id::uuid", a.status, a.credential_version, c.verifier, a.email, a.display_name, a.locale
FROM accounts a JOIN credentials c ON c.account_id = a.id
WHERE a.email_key = $email_key::text AND a.status <> 4;

-- name: find_sign_in_by_id :opt
SELECT a.id AS "id::uuid", a.status, a.credential_version, c.verifier, a.email, a.display_name, a.locale
FROM accounts a JOIN credentials c ON c.account_id = a.id
WHERE a.id = $id::uuid AND a.status <> 4;

-- name: find_account :opt
SELECT a.id AS "id::uuid", a.email, a.email_verified_at AS "email_verified_at::time", a.phone,
       a.phone_verified_at AS "phone_verified_at::time", a.display_name, a.locale, a.time_zone, a.avatar, a.role, a.status,
       a.credential_version, a.created_at AS "created_at::time", a.updated_at AS "updated_at::time",
       EXISTS (SELECT 1 FROM credentials c WHERE c.account_id = a.id) AS "has_password::bool!"
FROM accounts a
WHERE a.id = $id::uuid AND a.status <> 4;

-- name: replace_verifier :exec
-- Compare and set.
UPDATE credentials SET verifier = $next::text, kind = 1, updated_at = $now::time
WHERE account_id = $account_id::uuid AND verifier = $previous::text;

-- name: move_credential_version :exec
UPDATE accounts SET credential_version = credential_version + 1, updated_at = $now::time WHERE id = $id::uuid;

-- name: update_profile :exec
-- Another phone number is not verified.
UPDATE accounts SET display_name = $display_name::text?, locale = $locale::text?, time_zone = $time_zone::text?,
                    phone_verified_at = CASE WHEN phone IS $phone::text? THEN phone_verified_at END,
                    phone = $phone::text?, updated_at = $now::time
WHERE id = $id::uuid AND status <> 4;

-- name: set_account_status :exec
-- Changes nothing if no active administrator would be left.
UPDATE accounts SET status = $status::int, updated_at = $now::time, deleted_at = $deleted_at::time?
WHERE id = $id::uuid AND status <> 4
  AND ($status::int = 2 OR role <> 1 OR status <> 2
       OR EXISTS (SELECT 1 FROM accounts other WHERE other.role = 1 AND other.status = 2 AND other.id <> $id::uuid));

-- name: find_account_id :opt
SELECT id AS "id::uuid" FROM accounts WHERE email_key = $email_key::text AND status <> 4;

-- name: list_accounts :many
-- Pages by key, up to `until` where that is given. `statuses` and `roles` have a bit for each that is wanted, `text` is
-- in lower case, as keys are.
SELECT a.id AS "id::uuid", a.email, a.email_verified_at AS "email_verified_at::time", a.phone,
       a.phone_verified_at AS "phone_verified_at::time", a.display_name, a.locale, a.time_zone, a.avatar, a.role, a.status,
       a.credential_version, a.created_at AS "created_at::time", a.updated_at AS "updated_at::time",
       EXISTS (SELECT 1 FROM credentials c WHERE c.account_id = a.id) AS "has_password::bool!"
FROM accounts a
WHERE a.id > coalesce($after::uuid?, zeroblob(0)) AND a.id <= coalesce($until::uuid?, x'ffffffffffffffffffffffffffffffffff')
  AND ($statuses::int >> a.status) & 1 = 1 AND ($roles::int >> a.role) & 1 = 1
  AND ($text::text = '' OR ($in_address::int = 1 AND instr(a.email_key, $text::text) > 0)
       OR instr(lower(a.display_name), $text::text) > 0)
ORDER BY a.id
LIMIT $most::int;

-- name: list_account :opt
-- The one of that id, if it is wanted as above.
SELECT a.id AS "id::uuid", a.email, a.email_verified_at AS "email_verified_at::time", a.phone,
       a.phone_verified_at AS "phone_verified_at::time", a.display_name, a.locale, a.time_zone, a.avatar, a.role, a.status,
       a.credential_version, a.created_at AS "created_at::time", a.updated_at AS "updated_at::time",
       EXISTS (SELECT 1 FROM credentials c WHERE c.account_id = a.id) AS "has_password::bool!"
FROM accounts a
WHERE a.id = $id::uuid AND ($statuses::int >> a.status) & 1 = 1 AND ($roles::int >> a.role) & 1 = 1
  AND ($text::text = '' OR ($in_address::int = 1 AND instr(a.email_key, $text::text) > 0)
       OR instr(lower(a.display_name), $text::text) > 0);

-- name: find_account_behind :opt
-- The account that is so many behind that one.
SELECT id AS "id::uuid" FROM accounts WHERE id > coalesce($after::uuid?, zeroblob(0)) ORDER BY id LIMIT 1 OFFSET $many::int;
