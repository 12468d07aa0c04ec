-- name: insert_audit_event :exec
INSERT INTO audit_events (stream, sequence, at, event, account_id, session_id, person_commitment, previous_hash, hash)
VALUES ($stream::blob, $sequence::int, $at::time, $event::text, $account_id::uuid?, $session_id::uuid?,
        $person_commitment::digest, $previous_hash::digest, $hash::digest);

-- name: insert_audit_person :exec
INSERT INTO audit_persons (stream, sequence, salt, person)
VALUES ($stream::blob, $sequence::int, $salt::blob, $person::text);

-- name: find_audit_head :opt
SELECT sequence, hash AS "hash::digest" FROM audit_events WHERE stream = $stream::blob ORDER BY sequence DESC LIMIT 1;

-- name: recent_audit_events :many
SELECT e.event AS "event!", e.at AS "at::time!", e.account_id AS "account_id::uuid", e.session_id AS "session_id::uuid",
       coalesce(json_extract(p.person, '$.ip'), '') AS "ip::text!",
       CAST(json_extract(p.person, '$.actor') AS TEXT) AS "actor::text?", e.stream AS "stream!", e.sequence AS "sequence!"
FROM audit_events e LEFT JOIN audit_persons p ON p.stream = e.stream AND p.sequence = e.sequence
WHERE e.account_id = $account_id::uuid
ORDER BY e.at DESC, e.sequence DESC
LIMIT $most::int;

-- name: next_audit_stream :opt
-- Walks the streams by their key instead of reading every row.
SELECT stream AS "stream!", at AS "newest_at::time!" FROM audit_events
WHERE stream = (SELECT min(stream) FROM audit_events WHERE stream > $after::blob)
ORDER BY sequence DESC LIMIT 1;

-- name: recent_audit_events_of_stream :many
SELECT e.event AS "event!", e.at AS "at::time!", e.account_id AS "account_id::uuid", e.session_id AS "session_id::uuid",
       coalesce(json_extract(p.person, '$.ip'), '') AS "ip::text!",
       CAST(json_extract(p.person, '$.actor') AS TEXT) AS "actor::text?", e.stream AS "stream!", e.sequence AS "sequence!"
FROM audit_events e LEFT JOIN audit_persons p ON p.stream = e.stream AND p.sequence = e.sequence
WHERE e.stream = $stream::blob
ORDER BY e.sequence DESC
LIMIT $most::int;

-- name: audit_rows_after :many
SELECT e.stream AS "stream!", e.sequence AS "sequence!", e.at AS "at::time!", e.event AS "event!",
       e.account_id AS "account_id::uuid", e.session_id AS "session_id::uuid",
       e.person_commitment AS "person_commitment::digest!", e.previous_hash AS "previous_hash::digest!",
       e.hash AS "hash::digest!", p.salt AS "salt?", p.person AS "person?"
FROM audit_events e LEFT JOIN audit_persons p ON p.stream = e.stream AND p.sequence = e.sequence
WHERE (e.stream, e.sequence) > ($stream::blob, $sequence::int)
ORDER BY e.stream, e.sequence
LIMIT $most::int;

-- name: bereft_audit_persons :many
SELECT p.stream AS "stream!", min(p.sequence) AS "sequence::int!" FROM audit_persons p
WHERE NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.stream = p.stream AND e.sequence = p.sequence)
GROUP BY p.stream;
