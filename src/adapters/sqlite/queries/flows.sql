-- name: insert_flow :exec
INSERT INTO flows (id, kind, account_id, address, address_key, handle_digest, link_digest, code_mac, credential_version,
                   wrong_codes, created_at, expires_at, due_at)
VALUES ($id::uuid, $kind::int, $account_id::uuid?, $address::text?, $address_key::text?, $handle_digest::digest,
        $link_digest::digest?, $code_mac::digest?, $credential_version::int?, 0, $created_at::time, $expires_at::time,
        $due_at::time?);

-- name: find_flow :opt
SELECT id AS "id::uuid", kind, account_id AS "account_id::uuid", address, address_key,
       handle_digest AS "handle_digest::digest", link_digest AS "link_digest::digest", code_mac AS "code_mac::digest",
       credential_version, wrong_codes, created_at AS "created_at::time", expires_at AS "expires_at::time",
       due_at AS "due_at::time"
FROM flows WHERE id = $id::uuid;

-- name: sum_wrong_codes :one
-- Of all flows of an account that began after a time. Nobody has none.
SELECT coalesce(sum(wrong_codes), 0) AS "sum::int!" FROM flows
WHERE account_id = $account_id::uuid? AND created_at > $after::time;

-- name: count_wrong_code :exec
UPDATE flows SET wrong_codes = wrong_codes + 1 WHERE id = $id::uuid;

-- name: delete_flow :exec
DELETE FROM flows WHERE id = $id::uuid;

-- name: delete_account_flows :exec
DELETE FROM flows WHERE account_id = $account_id::uuid AND kind = $kind::int;

-- name: remove_old_flows :exec
-- What began since cannot have expired by then, so it is not looked at.
DELETE FROM flows
WHERE id IN (SELECT f.id FROM flows f WHERE f.id < $begun_before::uuid AND f.expires_at <= $expired_by::time
             ORDER BY f.id LIMIT $most::int);
