-- name: find_schema_info :one
SELECT version, min_reader FROM schema_info WHERE id = 1;

-- name: list_key_checks :many
SELECT version, digest AS "digest::digest" FROM key_checks ORDER BY version;

-- name: insert_key_check :exec
INSERT INTO key_checks (version, digest, created_at) VALUES ($version::int, $digest::digest, $now::time);

-- name: list_signing_keys :many
SELECT id, algorithm, sealed_private, active_from AS "active_from::time" FROM signing_keys
WHERE purpose = $purpose::text AND (published_until IS NULL OR published_until > $now::time)
ORDER BY active_from, id;

-- name: insert_signing_key :exec
INSERT INTO signing_keys (id, purpose, algorithm, public_key, sealed_private, created_at, active_from)
VALUES ($id::text, $purpose::text, $algorithm::text, $public_key::blob, $sealed_private::blob, $now::time, $now::time);
