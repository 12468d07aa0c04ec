-- name: next_audit_head :opt
-- The head of the next stream, found by the key alone.
SELECT stream AS "stream!", sequence AS "sequence!", hash AS "hash::digest!" FROM audit_events
WHERE stream = (SELECT min(stream) FROM audit_events WHERE stream > $after::blob)
ORDER BY sequence DESC LIMIT 1;

-- name: newest_audit_checkpoint :opt
SELECT id AS "id!", at AS "at::time!", text, key_id, signature FROM audit_checkpoints ORDER BY id DESC LIMIT 1;

-- name: audit_checkpoints_after :many
SELECT id AS "id!", at AS "at::time!", text, key_id, signature FROM audit_checkpoints
WHERE id > $after::int ORDER BY id LIMIT $most::int;

-- name: audit_checkpoint_until :opt
SELECT id AS "id!", at AS "at::time!", text, key_id, signature FROM audit_checkpoints
WHERE at <= $at::time ORDER BY id DESC LIMIT 1;

-- name: find_audit_checkpoint :opt
SELECT id AS "id!", at AS "at::time!", text, key_id, signature FROM audit_checkpoints WHERE id = $id::int;

-- name: insert_audit_checkpoint :exec
INSERT INTO audit_checkpoints (id, at, text, key_id, signature)
VALUES ($id::int, $at::time, $text::text, $key_id::text, $signature::blob);

-- name: thin_audit_checkpoints :exec
-- Of those that are not recent, only the newest of each day (86,400,000,000 microseconds) is kept, and of those that
-- know only removed rows none but the one that the removal names.
DELETE FROM audit_checkpoints
WHERE id <= $not_recent::int AND id NOT IN (SELECT r.checkpoint FROM audit_removals r)
  AND (id NOT IN (SELECT max(c.id) FROM audit_checkpoints c GROUP BY c.at / 86400000000)
       OR id < (SELECT max(r.checkpoint) FROM audit_removals r));

-- name: find_audit_removal :opt
SELECT checkpoint AS "checkpoint!", at AS "at::time!", text, key_id, signature FROM audit_removals
ORDER BY checkpoint DESC LIMIT 1;

-- name: drop_audit_removals :exec
DELETE FROM audit_removals;

-- name: insert_audit_removal :exec
INSERT INTO audit_removals (checkpoint, at, text, key_id, signature)
VALUES ($checkpoint::int, $at::time, $text::text, $key_id::text, $signature::blob);

-- name: oldest_audit_sequence :opt
SELECT sequence AS "sequence!" FROM audit_events WHERE stream = $stream::blob ORDER BY sequence LIMIT 1;

-- name: drop_audit_events_until :exec
DELETE FROM audit_events WHERE stream = $stream::blob AND sequence <= $sequence::int;

-- name: drop_audit_persons_until :exec
DELETE FROM audit_persons WHERE stream = $stream::blob AND sequence <= $sequence::int;

-- name: erase_audit_persons :exec
DELETE FROM audit_persons
WHERE (stream, sequence) IN (SELECT e.stream, e.sequence FROM audit_events e
                             JOIN audit_persons p ON p.stream = e.stream AND p.sequence = e.sequence
                             WHERE e.account_id = $account_id::uuid LIMIT $most::int);
