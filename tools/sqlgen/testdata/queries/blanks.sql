-- name: add_blank :one
INSERT INTO blanks (uuid, name, payload, number, ratio, is_active, seen, digest)
VALUES ($uuid::uuid?, $name::text?, $payload::blob?, $number::int?, $ratio::real?, $is_active::bool?, $seen::time?,
        $digest::digest?)
RETURNING id;

-- name: find_blank :one
SELECT uuid AS "uuid::uuid", name, payload, number, ratio, is_active AS "is_active::bool", seen AS "seen::time",
       digest AS "digest::digest"
FROM blanks
WHERE id = $id::int;

-- name: count_null_digests :one
SELECT count(*) AS "n::int!" FROM blanks WHERE digest IS $digest::digest? AND uuid IS $uuid::uuid?;

-- name: blank_number :opt
SELECT number FROM blanks WHERE id = $id::int;
