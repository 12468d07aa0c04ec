-- name: verify_address :exec
UPDATE accounts SET email_verified_at = $now::time, status = 2, updated_at = $now::time
WHERE id = $id::uuid AND status IN (1, 2);

-- name: change_address :exec
-- Changes nothing when the address belongs to another account that is not deleted.
UPDATE OR IGNORE accounts SET email = $email::text, email_key = $email_key::text, email_verified_at = $now::time,
                              updated_at = $now::time
WHERE id = $id::uuid AND status = 2;

-- name: count_flows_after :one
-- Of one kind and account.
SELECT count(*) AS "count::int!" FROM flows
WHERE account_id = $account_id::uuid AND kind = $kind::int AND created_at > $after::time;
