-- name: password_stored_at :opt
SELECT updated_at AS "updated_at::time" FROM credentials WHERE account_id = $account_id::uuid;

-- name: own_sessions :many
SELECT id AS "id::uuid", device_id, device_name, device_type, client_version, device_metadata,
       installation_id AS "installation_id::uuid", ip, country, created_at AS "created_at::time",
       auth_time AS "auth_time::time", last_seen_at AS "last_seen_at::time", expires_at AS "expires_at::time",
       activity_count, ended_at AS "ended_at::time"
FROM sessions
WHERE account_id = $account_id::uuid AND id > coalesce($after::uuid?, zeroblob(0))
ORDER BY id
LIMIT $most::int;

-- name: own_events :many
SELECT e.at AS "at::time!", e.stream AS "stream!", e.sequence AS "sequence!", e.event AS "event!",
       e.session_id AS "session_id::uuid", p.person AS "person?"
FROM audit_events e LEFT JOIN audit_persons p ON p.stream = e.stream AND p.sequence = e.sequence
WHERE e.account_id = $account_id::uuid AND (e.at, e.stream, e.sequence) > ($at::time, $stream::blob, $sequence::int)
ORDER BY e.at, e.stream, e.sequence
LIMIT $most::int;

-- name: own_mails :many
SELECT id AS "id::uuid", kind, locale, created_at AS "created_at::time", attempts, delivered_at AS "delivered_at::time",
       failed_at AS "failed_at::time"
FROM outbox
WHERE account_id = $account_id::uuid AND id > coalesce($after::uuid?, zeroblob(0))
ORDER BY id
LIMIT $most::int;

-- name: own_flows :many
SELECT id AS "id::uuid", kind, address, wrong_codes, created_at AS "created_at::time", expires_at AS "expires_at::time"
FROM flows
WHERE account_id = $account_id::uuid AND id > coalesce($after::uuid?, zeroblob(0))
ORDER BY id
LIMIT $most::int;
