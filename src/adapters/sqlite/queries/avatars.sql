-- name: note_picture :exec
-- Also of an upload that nobody awaits any more.
INSERT INTO leftover_pictures (object, due_at, is_claimed) VALUES ($object::text, $due_at::time, 0)
ON CONFLICT (object) DO UPDATE SET due_at = excluded.due_at, account_id = NULL;

-- name: cancel_upload :exec
UPDATE leftover_pictures SET due_at = $now::time, account_id = NULL WHERE account_id = $account_id::uuid;

-- name: await_upload :exec
INSERT INTO leftover_pictures (object, due_at, is_claimed, account_id, content_type, content_size)
VALUES ($object::text, $due_at::time, 0, $account_id::uuid, $content_type::text, $content_size::int);

-- name: find_upload_of_account :opt
SELECT object, content_type AS "content_type!", content_size AS "content_size!" FROM leftover_pictures
WHERE account_id = $account_id::uuid AND due_at > $now::time AND is_claimed = 0;

-- name: find_upload :opt
SELECT object, content_type AS "content_type!", content_size AS "content_size!" FROM leftover_pictures
WHERE object = $object::text AND account_id IS NOT NULL AND due_at > $now::time AND is_claimed = 0;

-- name: take_picture :exec
DELETE FROM leftover_pictures WHERE object = $object::text AND is_claimed = 0;

-- name: set_avatar :exec
UPDATE accounts SET avatar = $avatar::text?, updated_at = $now::time WHERE id = $id::uuid;

-- name: shows_avatar :one
SELECT EXISTS (SELECT 1 FROM accounts WHERE avatar = $avatar::text AND status <> 4) AS "shows::bool!";

-- name: has_leftover_pictures :one
SELECT EXISTS (SELECT 1 FROM leftover_pictures WHERE due_at <= $now::time) AS "has::bool!";

-- name: claim_leftover_pictures :many
UPDATE leftover_pictures SET is_claimed = 1, due_at = $again::time, account_id = NULL
WHERE object IN (SELECT p.object FROM leftover_pictures p WHERE p.due_at <= $now::time ORDER BY p.due_at LIMIT $most::int)
RETURNING object AS "object!";

-- name: forget_leftover_picture :exec
DELETE FROM leftover_pictures WHERE object = $object::text AND is_claimed = 1;
