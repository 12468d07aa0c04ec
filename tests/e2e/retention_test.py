"""What serves nobody any more is removed by the server itself (design 4, the cleaner)."""
import re
import sqlite3

import sallyport_process as e2e

DAY = 86_400_000_000
KINDS = {"flows", "idempotency_keys", "invalidations", "mails", "refresh_nonces", "reservations", "sessions",
         "throttle_counters"}


class RetentionTest(e2e.EndToEndTest):
    def change(self, server, *statements):
        """What time would do, while the server is not there."""
        server.stop()
        database = sqlite3.connect(server.database_file)
        with database:
            for statement in statements:
                database.execute(statement)
        database.close()
        server.start()

    def removed(self, server):
        lines = re.findall(r'^sallyport_cleaned_rows_total\{kind="(\w+)"\} (\d+)', server.get("/metrics").body.decode(), re.M)
        return {kind: int(count) for kind, count in lines}

    def test_sessions_go_once_their_retention_is_over_and_live_ones_stay(self):
        server = self.started(settings=("retention.sessions=1h",))
        live, ended, expired, fresh = (server.register() for _ in range(4))
        for person in (ended, fresh):
            self.assertEqual(server.post("/v1/auth/logout", {"refresh_token": person.refresh_token}).status, 204)
        self.change(server,
                    f"UPDATE sessions SET ended_at = ended_at - {DAY} WHERE hex(id) = '{ended.session_id.replace('-', '').upper()}'",
                    f"UPDATE sessions SET expires_at = expires_at - {20 * DAY} "
                    f"WHERE hex(id) = '{expired.session_id.replace('-', '').upper()}'")

        self.assertTrue(e2e.eventually(lambda: server.rows("SELECT count(*) FROM sessions") == [(2,)], 15))
        self.assertEqual(self.removed(server)["sessions"], 2)
        self.assertEqual(set(self.removed(server)), KINDS)
        self.assertEqual(server.me(live.by_bearer).status, 200)
        for person in (ended, expired, fresh):
            self.assertEqual(server.me(person.by_bearer).status, 401)
            self.assert_problem(server.refresh(person.refresh_token), 401, "session_expired")

    def test_a_locked_name_stays_locked_while_decayed_ones_go(self):
        server = self.started()
        locked, forgotten = (server.register() for _ in range(2))
        for _ in range(5):
            server.login(locked.email, "wrong-Horse-1-battery" + str(_))
        server.login(forgotten.email, "wrong-Horse-2-battery")
        # The third notes that the owner of the locked name was told.
        self.assertEqual(len(server.rows("SELECT 1 FROM throttle_counters")), 3)
        self.change(server, f"UPDATE throttle_counters SET failures_since = failures_since - {DAY}, "
                            f"forgotten_at = forgotten_at - {DAY} WHERE locked_until IS NULL")

        self.assertTrue(e2e.eventually(lambda: len(server.rows("SELECT 1 FROM throttle_counters")) == 2, 15))
        self.assert_problem(server.login(locked.email), 429, "locked")
        self.assertEqual(server.login(forgotten.email).status, 200)

    def test_thousands_are_removed_in_small_writes(self):
        server = self.started(settings=("retention.sessions=1h",))
        ann = server.register()
        columns = [row[1] for row in server.rows("PRAGMA table_info(sessions)")]
        copied = {"id": "randomblob(16)", "token_digest": "randomblob(32)", "device_id": "hex(randomblob(8))",
                  "expires_at": f"expires_at - {30 * DAY}"}
        values = ", ".join(copied.get(column, column) for column in columns)
        self.change(server, f"INSERT INTO sessions ({', '.join(columns)}) WITH RECURSIVE n(i) AS "
                            f"(SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT {values} FROM sessions, n")

        self.assertTrue(e2e.eventually(lambda: server.rows("SELECT count(*) FROM sessions") == [(1,)], 60))
        batches = re.search(r'sallyport_cleaning_batches_total\{kind="sessions"\} (\d+)',
                            server.get("/metrics").body.decode())
        self.assertGreaterEqual(int(batches[1]), 20)
        self.assertEqual(server.me(ann.by_bearer).status, 200)


if __name__ == "__main__":
    e2e.main()
