-- name: find_erasable :opt
-- The account that was deleted first.
SELECT id AS "id::uuid!", avatar FROM accounts WHERE status = 4 AND deleted_at < $before::time ORDER BY deleted_at LIMIT 1;

-- name: erase_sessions :exec
DELETE FROM sessions
WHERE id IN (SELECT s.id FROM sessions s WHERE s.account_id = $account_id::uuid ORDER BY s.id LIMIT $most::int);

-- name: erase_mails :exec
DELETE FROM outbox
WHERE id IN (SELECT o.id FROM outbox o WHERE o.account_id = $account_id::uuid ORDER BY o.id LIMIT $most::int);

-- name: erase_credentials :exec
DELETE FROM credentials WHERE account_id = $account_id::uuid;

-- name: erase_account :exec
DELETE FROM accounts WHERE id = $id::uuid AND status = 4;

-- name: erase_flows :exec
DELETE FROM flows
WHERE id IN (SELECT f.id FROM flows f WHERE f.account_id = $account_id::uuid ORDER BY f.id LIMIT $most::int);
