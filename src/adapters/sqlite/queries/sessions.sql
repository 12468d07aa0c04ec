-- name: find_unchanged_account :opt
-- The account if it may still have a session from what was verified.
SELECT id AS "id::uuid" FROM accounts
WHERE id = $account_id::uuid AND status = 2 AND credential_version = $credential_version::int;

-- name: insert_session :exec
-- After `find_unchanged_account`. One statement of both would make SQLite keep a journal of it, and cost twice as much.
INSERT INTO sessions (id, account_id, credential_version, token_digest, refresh_generation, refresh_digest, refreshed_at,
                      device_id, device_name, device_type, client_version, device_metadata, installation_id, ip, country,
                      created_at,
                      auth_time, last_seen_at, expires_at, absolute_expires_at, activity_count)
VALUES ($id::uuid, $account_id::uuid, $credential_version::int, $token_digest::digest, 1, $refresh_digest::digest,
        $now::time, $device_id::text, $device_name::text, $device_type::text, $client_version::text,
        $device_metadata::text, $installation_id::uuid?, $ip::text, $country::text?, $now::time, $now::time, $now::time,
        $expires_at::time, $absolute_expires_at::time, 0);

-- name: end_device_sessions :many
UPDATE sessions SET ended_at = $now::time, end_reason = $reason::int, refresh_nonce = NULL
WHERE account_id = $account_id::uuid AND device_id = $device_id::text AND ended_at IS NULL
RETURNING id AS "id::uuid";

-- name: end_sessions_beyond :many
-- Those other than this one, less the newest so many: the clock may have gone back since those were made.
UPDATE sessions SET ended_at = $now::time, end_reason = $reason::int, refresh_nonce = NULL
WHERE id IN (SELECT s.id FROM sessions s WHERE s.account_id = $account_id::uuid AND s.ended_at IS NULL AND s.id <> $id::uuid
             ORDER BY s.created_at DESC, s.id DESC LIMIT -1 OFFSET $most_others::int)
RETURNING id AS "id::uuid!";

-- name: end_account_sessions :exec
UPDATE sessions SET ended_at = $now::time, end_reason = $reason::int, refresh_nonce = NULL
WHERE account_id = $account_id::uuid AND ended_at IS NULL;

-- name: end_other_sessions :many
-- Those that had expired or were of older credentials end as well, so that no clock set back revives them.
UPDATE sessions SET ended_at = $now::time, end_reason = $reason::int, refresh_nonce = NULL
WHERE account_id = $account_id::uuid AND id <> $kept::uuid AND ended_at IS NULL
RETURNING id AS "id::uuid", credential_version, expires_at AS "expires_at::time";

-- name: renew_session :exec
-- It goes on with the credentials that its account has now.
UPDATE sessions SET auth_time = $now::time, credential_version = (SELECT a.credential_version FROM accounts a
                                                                  WHERE a.id = account_id)
WHERE id = $id::uuid;

-- name: list_account_sessions :many
-- The live ones.
SELECT s.id AS "id::uuid", s.account_id AS "account_id::uuid", s.credential_version, s.device_id, s.device_name,
       s.device_type, s.client_version, s.ip, s.country, s.created_at AS "created_at::time", s.auth_time AS "auth_time::time",
       s.last_seen_at AS "last_seen_at::time", s.expires_at AS "expires_at::time",
       s.absolute_expires_at AS "absolute_expires_at::time", s.device_metadata, s.activity_count
FROM sessions s JOIN accounts a ON a.id = s.account_id
WHERE s.account_id = $account_id::uuid AND s.ended_at IS NULL AND s.expires_at > $now::time AND a.status = 2
  AND a.credential_version = s.credential_version
ORDER BY s.created_at, s.id;

-- name: end_session :opt
UPDATE sessions SET ended_at = $now::time, end_reason = $reason::int, refresh_nonce = NULL
WHERE id = $id::uuid AND ended_at IS NULL
RETURNING account_id AS "account_id::uuid";

-- name: find_session :opt
-- A live session with its account.
SELECT s.id AS "id::uuid", s.account_id AS "account_id::uuid", s.credential_version, s.device_id,
       s.created_at AS "created_at::time", s.auth_time AS "auth_time::time", s.last_seen_at AS "last_seen_at::time",
       s.expires_at AS "expires_at::time", s.absolute_expires_at AS "absolute_expires_at::time",
       a.email, a.email_verified_at AS "email_verified_at::time", a.phone, a.phone_verified_at AS "phone_verified_at::time",
       a.display_name, a.locale, a.time_zone, a.avatar, a.role, a.status,
       a.created_at AS "account_created_at::time", a.updated_at AS "account_updated_at::time",
       EXISTS (SELECT 1 FROM credentials c WHERE c.account_id = a.id) AS "has_password::bool!"
FROM sessions s JOIN accounts a ON a.id = s.account_id
WHERE s.id = $id::uuid AND s.ended_at IS NULL AND s.expires_at > $now::time AND a.status = 2
  AND a.credential_version = s.credential_version;

-- name: find_session_id :opt
SELECT id AS "id::uuid" FROM sessions WHERE token_digest = $token_digest::digest AND ended_at IS NULL;

-- name: rotate_refresh :exec
-- The one atomic step: only the current generation's own token rotates, and only in a live session.
UPDATE sessions SET refresh_generation = refresh_generation + 1, refresh_previous_digest = refresh_digest,
                    refresh_digest = $successor_digest::digest, refresh_nonce = $nonce::blob, refreshed_at = $now::time,
                    expires_at = min($slides_to::time, absolute_expires_at), last_seen_at = $now::time,
                    activity_count = activity_count + 1
WHERE id = $id::uuid AND refresh_generation = $generation::int AND refresh_digest = $presented_digest::digest
  AND ended_at IS NULL AND expires_at > $now::time
  AND EXISTS (SELECT 1 FROM accounts a WHERE a.id = account_id AND a.status = 2
              AND a.credential_version = sessions.credential_version);

-- name: find_refresh_state :opt
SELECT account_id AS "account_id::uuid", refresh_generation, refresh_digest AS "refresh_digest::digest",
       refresh_previous_digest AS "refresh_previous_digest::digest", refresh_nonce, refreshed_at AS "refreshed_at::time",
       ended_at AS "ended_at::time", expires_at AS "expires_at::time"
FROM sessions WHERE id = $id::uuid;

-- name: slide_session :exec
UPDATE sessions SET expires_at = min($to::time, absolute_expires_at), last_seen_at = $now::time,
                    activity_count = activity_count + 1
WHERE id = $id::uuid AND ended_at IS NULL AND expires_at > $now::time;

-- name: record_activity :exec
UPDATE sessions SET last_seen_at = max(last_seen_at, $last_seen_at::time), activity_count = activity_count + $count::int
WHERE id = $id::uuid AND ended_at IS NULL;

-- name: wipe_refresh_nonces :exec
-- Once the grace time is over the nonce serves nobody.
UPDATE sessions SET refresh_nonce = NULL
WHERE id IN (SELECT s.id FROM sessions s WHERE s.refresh_nonce IS NOT NULL AND s.refreshed_at < $before::time
             ORDER BY s.refreshed_at LIMIT $most::int);

-- name: remove_ended_sessions :exec
DELETE FROM sessions
WHERE id IN (SELECT s.id FROM sessions s WHERE s.ended_at IS NOT NULL AND s.ended_at < $before::time
             ORDER BY s.ended_at LIMIT $most::int);

-- name: remove_expired_sessions :exec
DELETE FROM sessions
WHERE id IN (SELECT s.id FROM sessions s WHERE s.expires_at < $before::time ORDER BY s.expires_at LIMIT $most::int);

-- name: insert_invalidation :exec
INSERT INTO invalidations (kind, subject, at) VALUES ($kind::int, $subject::uuid, $now::time);

-- name: invalidations_after :many
SELECT sequence, kind, subject AS "subject::uuid" FROM invalidations WHERE sequence > $after::int ORDER BY sequence;

-- name: remove_invalidations :exec
-- Looks at the oldest only: they are in the order of their times, but for a clock that was set back.
DELETE FROM invalidations
WHERE sequence IN (SELECT i.sequence FROM invalidations i ORDER BY i.sequence LIMIT $most::int) AND at < $before::time
  AND sequence < (SELECT coalesce(max(newest.sequence), 0) FROM invalidations newest);
