-- name: find_schema_info :one
SELECT version, min_reader FROM schema_info WHERE id = 1;

-- name: list_key_checks :many
SELECT version, digest AS "digest::digest" FROM key_checks ORDER BY version;

-- name: insert_key_check :exec
INSERT INTO key_checks (version, digest, created_at) VALUES ($version::int, $digest::digest, $now::time);

-- name: list_signing_keys :many
SELECT id, algorithm, public_key, sealed_private, created_at AS "created_at::time", active_from AS "active_from::time",
       active_until AS "active_until::time", published_until AS "published_until::time"
FROM signing_keys
WHERE purpose = $purpose::text
ORDER BY active_from, id;

-- name: insert_signing_key :exec
INSERT INTO signing_keys (id, purpose, algorithm, public_key, sealed_private, created_at, active_from, active_until,
                          published_until)
VALUES ($id::text, $purpose::text, $algorithm::text, $public_key::blob, $sealed_private::blob, $created_at::time,
        $active_from::time, $active_until::time?, $published_until::time?)
ON CONFLICT (id) DO NOTHING;

-- name: list_unended_signing_keys :many
-- Those of a purpose that sign at a time or later.
SELECT id, active_from AS "active_from::time", active_until AS "active_until::time",
       published_until AS "published_until::time"
FROM signing_keys
WHERE purpose = $purpose::text AND (active_until IS NULL OR active_until > $at::time);

-- name: end_signing_key :exec
UPDATE signing_keys SET active_until = $active_until::time?, published_until = $published_until::time?
WHERE id = $id::text;

-- name: reseal_signing_key :exec
UPDATE signing_keys SET sealed_private = $sealed_private::blob WHERE id = $id::text;

-- name: remove_ended_signing_keys :exec
DELETE FROM signing_keys WHERE purpose = $purpose::text AND published_until <= $now::time;
