-- Remarks before the first query belong to none.

-- name: add_thing :exec
-- Adds a thing under a new id.
--
-- Its name is unique.
INSERT INTO things (id, name, payload, number, ratio, is_active, seen, digest)
VALUES ($id::uuid, $name::text, $payload::blob, $number::int, $ratio::real, $is_active::bool, $seen::time,
        $digest::digest);

-- name: find_thing :opt
SELECT id AS "id::uuid", name, payload, number, ratio, is_active AS "is_active::bool", seen AS "seen::time",
       digest AS "digest::digest"
FROM things -- by id; $this::is no parameter
WHERE id = $id::uuid;

-- name: thing_names :many
SELECT name FROM things WHERE number >= $least::int ORDER BY name;

-- name: rename_things :exec
UPDATE things SET name = name || $suffix::text WHERE name <> $suffix::text AND number > $above::int;

-- name: add_note :exec
INSERT INTO notes (thing, text) VALUES ($thing::uuid, $text::text);

-- name: rename_and_report :one
UPDATE things SET name = $name::text WHERE name LIKE $pattern::text RETURNING id AS "id::uuid";

-- name: noted_things :many
SELECT things.name AS "name!", notes.text
FROM things
LEFT JOIN notes ON notes.thing = things.id
ORDER BY things.name;
