-- name: insert_mail :exec
INSERT INTO outbox (id, kind, account_id, locale, payload, created_at, due_at, attempts, fence)
VALUES ($id::uuid, $kind::text, $account_id::uuid?, $locale::text?, $payload::blob, $now::time, $now::time, 0, 0);

-- name: lease_mails :many
UPDATE outbox SET leased_until = $until::time, fence = fence + 1, attempts = attempts + 1
WHERE id IN (SELECT o.id FROM outbox o
             WHERE o.due_at <= $now::time AND (o.leased_until IS NULL OR o.leased_until <= $now::time)
             ORDER BY o.due_at, o.id LIMIT $most::int)
RETURNING id AS "id::uuid!", kind AS "kind!", account_id AS "account_id::uuid", locale, payload,
          created_at AS "created_at::time!", due_at AS "due_at::time", attempts AS "attempts!", fence AS "fence!",
          coalesce(last_error, '') AS "last_error::text!";

-- name: settle_mail :exec
-- With the fence of the last lease only.
UPDATE outbox SET leased_until = NULL, due_at = $due_at::time?, delivered_at = $delivered_at::time?,
                  failed_at = $failed_at::time?, last_error = $last_error::text?,
                  payload = CASE WHEN $delivered_at::time? IS NULL THEN payload END
WHERE id = $id::uuid AND fence = $fence::int AND leased_until IS NOT NULL;

-- name: next_due_mail :one
SELECT min(max(due_at, coalesce(leased_until, due_at))) AS "due_at::time" FROM outbox WHERE due_at IS NOT NULL;

-- name: list_mails :many
SELECT id AS "id::uuid", kind, account_id AS "account_id::uuid", locale, payload, created_at AS "created_at::time",
       due_at AS "due_at::time", attempts, delivered_at AS "delivered_at::time", failed_at AS "failed_at::time",
       coalesce(last_error, '') AS "last_error::text!"
FROM outbox
WHERE id < coalesce($before::uuid?, x'ffffffffffffffffffffffffffffffffff')
  AND coalesce($state::int?, 1) = CASE WHEN $state::int? IS NULL THEN 1 WHEN delivered_at IS NOT NULL THEN 2
                                       WHEN failed_at IS NOT NULL THEN 3 ELSE 1 END
ORDER BY id DESC
LIMIT $most::int;

-- name: find_mail :opt
SELECT id AS "id::uuid", kind, account_id AS "account_id::uuid", locale, payload, created_at AS "created_at::time",
       due_at AS "due_at::time", attempts, delivered_at AS "delivered_at::time", failed_at AS "failed_at::time",
       coalesce(last_error, '') AS "last_error::text!"
FROM outbox WHERE id = $id::uuid;

-- name: summarise_mails :one
SELECT count(due_at) AS "waiting::int!", count(failed_at) AS "failed::int!",
       min(CASE WHEN due_at IS NOT NULL THEN created_at END) AS "oldest_waiting::time"
FROM outbox WHERE delivered_at IS NULL;

-- name: retry_failed_mails :exec
UPDATE outbox SET due_at = $now::time, failed_at = NULL, attempts = 0 WHERE failed_at IS NOT NULL;

-- name: retry_mail :exec
UPDATE outbox SET due_at = $now::time, failed_at = NULL, attempts = 0 WHERE id = $id::uuid AND delivered_at IS NULL;

-- name: remove_settled_mails :exec
-- And those that still wait so long after: nobody sends them. Ids are in the order of the times they were made at, so
-- that what was made since (`$made_before` on) is not looked at.
DELETE FROM outbox
WHERE id IN (SELECT o.id FROM outbox o
             WHERE o.id < $made_before::uuid
               AND (coalesce(o.delivered_at, o.failed_at) < $settled_before::time
                    OR (o.due_at IS NOT NULL AND o.created_at < $waiting_since_before::time))
             ORDER BY o.id LIMIT $most::int);
