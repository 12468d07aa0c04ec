-- name: due_requests :many
-- The longest due first.
SELECT id AS "id::uuid!", address_key AS "address_key!", created_at AS "created_at::time!"
FROM flows
WHERE due_at <= $now::time AND kind = $kind::int AND address_key IS NOT NULL
ORDER BY due_at, id
LIMIT $most::int;

-- name: end_mail_request :exec
-- The address stays: it is what the mail proves.
UPDATE flows SET account_id = $account_id::uuid, link_digest = $link_digest::digest, code_mac = $code_mac::digest,
                 credential_version = $credential_version::int?, expires_at = $expires_at::time, due_at = NULL
WHERE id = $id::uuid;

-- name: dismiss_request :exec
UPDATE flows SET due_at = NULL, address = NULL, address_key = NULL WHERE id = $id::uuid;
