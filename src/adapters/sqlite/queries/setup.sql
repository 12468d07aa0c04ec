-- name: has_active_administrator :one
SELECT EXISTS (SELECT 1 FROM accounts WHERE role = 1 AND status = 2) AS "found::bool!";

-- name: find_setup_token :opt
SELECT digest AS "digest::digest", made_by, expires_at AS "expires_at::time" FROM setup_token WHERE id = 1;

-- name: replace_setup_token :exec
INSERT INTO setup_token (id, digest, made_by, created_at, expires_at)
VALUES (1, $digest::digest, $made_by::int, $now::time, $expires_at::time)
ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, made_by = excluded.made_by, created_at = excluded.created_at,
                               expires_at = excluded.expires_at;

-- name: delete_setup_token :exec
DELETE FROM setup_token;
