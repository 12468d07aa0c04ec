"""A registration that names itself with an Idempotency-Key (design 7) may be sent again by a client that lost the answer."""
import json
import signal
import socket
import sqlite3
import uuid

import sallyport_process as e2e

REGISTER = "/v1/auth/register"


def named(key):
    return {"Idempotency-Key": key}


class IdempotencyTest(e2e.SharedServerTest):
    def register(self, key, body, **headers):
        return self.shared.post(REGISTER, body, {**named(key), **headers})

    def person(self, **more):
        return {"email": e2e.fresh_email(), "password": e2e.PASSWORD, **more}

    def accounts(self, email):
        return self.shared.rows("SELECT count(*) FROM accounts WHERE email = ?", email)[0][0]

    def test_a_second_try_gets_a_session_of_the_same_account(self):
        key, body = str(uuid.uuid4()), self.person(display_name="Ann", device={"name": "phone", "metadata": {"os": "x"}})

        first, second = self.register(key, body), self.register(f'"{key}"', body)

        self.assertEqual((first.status, second.status), (201, 201), second)
        self.assertEqual(first.json["user"], second.json["user"])
        one, other = e2e.SignedIn.of(first), e2e.SignedIn.of(second)
        self.assertNotEqual(one.session_id, other.session_id)
        for headers in (one.by_bearer, other.by_bearer, one.by_cookie, other.by_cookie):
            self.assertEqual(self.shared.me(headers).status, 200)
        self.assertEqual(self.accounts(body["email"]), 1)

    def test_a_device_that_names_itself_has_one_session(self):
        key, body = str(uuid.uuid4()), self.person(device={"id": "ann-phone"})

        first, second = (e2e.SignedIn.of(self.register(key, body)) for _ in range(2))

        self.assertEqual(self.shared.me(first.by_bearer).status, 401)
        self.assertEqual(self.shared.me(second.by_bearer).status, 200)

    def test_the_key_of_another_request_is_refused(self):
        key, body = str(uuid.uuid4()), self.person(display_name="Ann")
        self.assertEqual(self.register(key, body).status, 201)
        for other in ({"display_name": "Anna"}, {"email": e2e.fresh_email()}, {"timezone": "Europe/Zurich"},
                      {"device": {"name": "phone"}}):
            with self.subTest(other=other):
                self.assert_problem(self.register(key, {**body, **other}), 422, "idempotency_key_reused")
        without_name = {name: value for name, value in body.items() if name != "display_name"}
        self.assert_problem(self.register(key, without_name), 422, "idempotency_key_reused")

    def test_the_password_is_proven_and_guesses_are_limited(self):
        key, body = str(uuid.uuid4()), self.person()
        self.assertEqual(self.register(key, body).status, 201)

        for guess in range(5):
            wrong = {**body, "password": f"wrong-Horse-{guess}-battery"}
            self.assert_problem(self.register(key, wrong), 401, "invalid_credentials")

        locked = self.register(key, {**body, "password": "wrong-Horse-9-battery"})
        self.assert_problem(locked, 429, "locked")
        self.assertGreater(int(locked.headers["Retry-After"]), 0)

    def test_what_is_no_key_is_a_wrong_field(self):
        for key in ("", "two words", "a,b", '"open', '"a";q=1', "k" * 65, '"' + "k" * 65 + '"'):
            with self.subTest(key=key):
                body = self.person()
                refused = self.register(key, body)
                self.assert_problem(refused, 422, "invalid_fields", ("Idempotency-Key", "idempotency_key_malformed"))
                self.assertEqual(self.accounts(body["email"]), 0)
        self.assertEqual(self.register("k" * 64, self.person()).status, 201)

    def test_a_key_given_twice_is_a_wrong_field(self):
        body = json.dumps(self.person()).encode()
        head = (f"POST {REGISTER} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n").encode()
        with socket.create_connection(("127.0.0.1", self.shared.port), timeout=10) as connection:
            connection.sendall(head + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        self.assertIn(b" 422 ", answer.split(b"\r\n", 1)[0])
        self.assertIn(b"idempotency_key_malformed", answer)

    def test_a_request_that_failed_may_be_repeated_with_its_key(self):
        taken = self.shared.register().email
        key = str(uuid.uuid4())
        for _ in range(2):
            self.assert_problem(self.register(key, self.person(email=taken)), 409, "identifier_taken")
        self.assertEqual(self.register(key, self.person()).status, 201)

    def test_many_tries_at_once_make_one_account_and_are_all_answered(self):
        key, body = str(uuid.uuid4()), self.person()

        answers = e2e.in_parallel(8, lambda _: self.register(key, body))

        self.assertEqual({answer.status for answer in answers}, {201}, answers)
        self.assertEqual(len({answer.json["user"]["id"] for answer in answers}), 1)
        self.assertEqual(len({answer.json["session"]["id"] for answer in answers}), 8)
        self.assertEqual(self.accounts(body["email"]), 1)

    def test_without_the_header_nothing_more_is_written(self):
        before = self.shared.row_counts()
        self.shared.register()
        after = self.shared.row_counts()
        written = {table: after[table] - before[table] for table in after if after[table] != before[table]}
        self.assertNotIn("idempotency_keys", written)

    def test_the_store_knows_neither_the_key_nor_what_was_asked(self):
        key, body = str(uuid.uuid4()), self.person(display_name="Somebody Unusual")
        self.register(key, body)
        rows = self.shared.rows("SELECT key, fingerprint FROM idempotency_keys")
        self.assertGreater(len(rows), 0)
        self.assertEqual({(len(digest), len(print_)) for digest, print_ in rows}, {(32, 32)})
        stored = self.shared.database_file.read_bytes() + (self.shared.data / "sallyport.db-wal").read_bytes()
        self.assertNotIn(key.encode(), stored)


class LostAnswerTest(e2e.EndToEndTest):
    def test_kill_9_between_the_commit_and_the_answer_and_then_the_retry(self):
        server = self.started()
        for attempt in range(3):
            key, email = str(uuid.uuid4()), e2e.fresh_email()
            body = {"email": email, "password": e2e.PASSWORD}
            text = json.dumps(body).encode()
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall((f"POST {REGISTER} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    f"Idempotency-Key: {key}\r\nContent-Length: {len(text)}\r\n\r\n").encode() + text)
                self.assertTrue(e2e.eventually(
                    lambda: server.rows("SELECT 1 FROM accounts WHERE email = ?", email), 10, interval=0.0005))
                server.restart(signal.SIGKILL)  # nobody reads the answer

            retried = server.post(REGISTER, body, named(key))

            self.assertEqual(retried.status, 201, (attempt, retried))
            self.assertEqual(server.rows("SELECT count(*) FROM accounts WHERE email = ?", email), [(1,)])
            self.assertEqual(server.me(e2e.SignedIn.of(retried).by_bearer).status, 200)

    def test_ten_minutes_later_it_hears_that_it_was_done_and_a_day_later_the_key_is_free(self):
        server = self.started()
        key, body = str(uuid.uuid4()), {"email": e2e.fresh_email(), "password": e2e.PASSWORD}
        self.assertEqual(server.post(REGISTER, body, named(key)).status, 201)
        for hours, status, code in ((0.2, 409, "already_done"), (25, 409, "identifier_taken")):
            server.stop()
            database = sqlite3.connect(server.database_file)
            with database:
                database.execute("UPDATE idempotency_keys SET created_at = created_at - ?", (int(hours * 3_600_000_000),))
            database.close()
            server.start()
            self.assert_problem(server.post(REGISTER, body, named(key)), status, code)
        self.assertTrue(e2e.eventually(lambda: not server.rows("SELECT 1 FROM idempotency_keys"), 10), "it is cleaned up")


if __name__ == "__main__":
    e2e.main()
