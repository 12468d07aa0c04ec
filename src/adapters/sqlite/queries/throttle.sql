-- name: find_counter :opt
SELECT failures, failures_since AS "failures_since::time", locked_until AS "locked_until::time", lock_level
FROM throttle_counters WHERE key = $key::digest;

-- name: upsert_counter :exec
INSERT INTO throttle_counters (key, failures, failures_since, locked_until, lock_level, forgotten_at)
VALUES ($key::digest, $failures::int, $failures_since::time, $locked_until::time?, $lock_level::int, $forgotten_at::time)
ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, failures_since = excluded.failures_since,
                                locked_until = excluded.locked_until, lock_level = excluded.lock_level,
                                forgotten_at = excluded.forgotten_at;

-- name: drop_forgotten_counters :exec
DELETE FROM throttle_counters
WHERE key IN (SELECT c.key FROM throttle_counters c WHERE c.forgotten_at <= $now::time ORDER BY c.forgotten_at
              LIMIT $most::int);

-- name: drop_all_expired_reservations :exec
DELETE FROM throttle_reservations
WHERE (key, print) IN (SELECT r.key, r.print FROM throttle_reservations r WHERE r.expires_at <= $now::time
                       ORDER BY r.expires_at LIMIT $most::int);

-- name: drop_expired_reservations :exec
DELETE FROM throttle_reservations WHERE key = $key::digest AND expires_at <= $now::time;

-- name: count_reservations :one
SELECT count(*) AS "count::int!" FROM throttle_reservations WHERE key = $key::digest;

-- name: share_reservation :exec
UPDATE throttle_reservations SET holders = holders + 1, expires_at = $expires_at::time
WHERE key = $key::digest AND print = $print::blob;

-- name: insert_reservation :exec
INSERT INTO throttle_reservations (key, print, holders, expires_at)
VALUES ($key::digest, $print::blob, 1, $expires_at::time);

-- name: release_reservation :exec
UPDATE throttle_reservations SET holders = holders - 1 WHERE key = $key::digest AND print = $print::blob;

-- name: drop_released_reservation :exec
DELETE FROM throttle_reservations WHERE key = $key::digest AND print = $print::blob AND holders <= 0;

-- name: drop_reservation :exec
DELETE FROM throttle_reservations WHERE key = $key::digest AND print = $print::blob;
