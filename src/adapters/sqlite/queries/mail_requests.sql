-- name: end_mail_request :exec
-- The address stays: it is what the mail proves.
UPDATE flows SET account_id = $account_id::uuid, link_digest = $link_digest::digest, code_mac = $code_mac::digest,
                 expires_at = $expires_at::time, due_at = NULL
WHERE id = $id::uuid;
