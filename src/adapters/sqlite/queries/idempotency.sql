-- name: find_done_request :opt
SELECT fingerprint AS "fingerprint::digest", account_id AS "account_id::uuid", created_at AS "created_at::time"
FROM idempotency_keys WHERE key = $key::digest AND created_at > $known_since::time;

-- name: insert_done_request :exec
-- Changes nothing while one of that key is known; one that is known no more gives way.
INSERT INTO idempotency_keys (key, fingerprint, account_id, created_at)
VALUES ($key::digest, $fingerprint::digest, $account_id::uuid?, $now::time)
ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, account_id = excluded.account_id,
                                created_at = excluded.created_at
                  WHERE idempotency_keys.created_at <= $known_since::time;

-- name: remove_done_requests :exec
DELETE FROM idempotency_keys
WHERE key IN (SELECT d.key FROM idempotency_keys d WHERE d.created_at <= $known_since::time
              ORDER BY d.created_at LIMIT $most::int);
