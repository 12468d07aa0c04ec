"""A request for a new password that names itself with an Idempotency-Key may be sent again: one handle, one mail."""
import json
import re
import signal
import socket
import sqlite3
import subprocess
import uuid

import sallyport_process as e2e
from recovery_test import RecoveryTest
from throttle_test import comparable

RECOVERY = "/v1/auth/recovery"
SUBJECT = "Reset your password"


class RecoveryOnceTest(RecoveryTest):
    def ask(self, server, key, email, **headers):
        return server.post(RECOVERY, {"email": email}, {"Idempotency-Key": key, **headers})

    def asked(self, server, key, email):
        answer = self.ask(server, key, email)
        self.assertEqual(answer.status, 202, answer)
        self.assertEqual(answer.cookies["sallyport-flow"].value, answer.json["flow"])
        return answer

    def flows(self, server):
        return server.rows("SELECT count(*) FROM flows")[0][0]


class RecoveryOnce(RecoveryOnceTest):
    def test_a_second_try_hears_the_same_and_causes_no_other_mail(self):
        mail_server, server = self.both()
        ann, key = server.register(), str(uuid.uuid4())

        first = self.asked(server, key, ann.email)
        _, code = self.proof(mail_server, ann.email)
        again = self.asked(server, f'"{key}"', ann.email.upper())
        self.assert_settled(server)

        self.assertEqual(again.json["flow"], first.json["flow"])
        self.assertTrue(0 < again.json["expires_in"] <= first.json["expires_in"] == 900)
        self.assertEqual(self.flows(server), 1)
        self.received(mail_server, ann.email, SUBJECT, 1)
        self.assertEqual(self.confirm(server, code=code, flow=again.json["flow"]).status, 204)

        after = self.asked(server, key, ann.email)  # the answer to a request that is over
        self.assertEqual(after.json["flow"], first.json["flow"])
        self.assertEqual(self.flows(server), 0)
        self.assert_problem(self.confirm(server, code=code, flow=after.json["flow"]), 422, "flow_invalid")

    def test_it_tells_nothing_of_accounts(self):
        server = self.started()
        ann, bob = server.register(), server.register()
        suspended = subprocess.run(
            [e2e.Server.binary, "user", "suspend", bob.email, "--data", str(server.data)], capture_output=True, timeout=60,
            env=e2e.clean_environment())
        self.assertEqual(suspended.returncode, 0, suspended)
        heard = set()
        for email in (ann.email, bob.email, e2e.fresh_email("nobody")):
            key = str(uuid.uuid4())
            for attempt in range(2):
                answer = self.asked(server, key, email)
                status, headers, body = comparable(answer)
                flow = body.pop("flow")
                self.assertEqual(len(flow), len("spf_") + 43)
                heard.add((attempt, status, tuple(sorted(name for name in headers)), tuple(sorted(body))))
            other = self.ask(server, key, e2e.fresh_email())
            self.assert_problem(other, 422, "idempotency_key_reused")
        self.assertEqual(len(heard), 2, heard)

    def test_what_is_no_key_is_a_wrong_field(self):
        server = self.started()
        for key in ("", "two words", "k" * 65):
            self.assert_problem(self.ask(server, key, "ann@example.org"), 422, "invalid_fields",
                                ("Idempotency-Key", "idempotency_key_malformed"))
        self.assertEqual(self.flows(server), 0)

    def test_a_key_of_a_registration_is_another_one(self):
        server = self.started()
        email, key = e2e.fresh_email(), str(uuid.uuid4())
        self.assertEqual(server.post("/v1/auth/register", {"email": email, "password": e2e.PASSWORD},
                                     {"Idempotency-Key": key}).status, 201)
        self.asked(server, key, email)

    def test_many_tries_at_once_are_one_request(self):
        server = self.started()
        ann, key = server.register(), str(uuid.uuid4())

        answers = e2e.in_parallel(8, lambda _: self.ask(server, key, ann.email))

        self.assertEqual({answer.status for answer in answers}, {202}, answers)
        self.assertEqual(len({answer.json["flow"] for answer in answers}), 1)
        self.assertEqual(self.flows(server), 1)

    def test_the_store_knows_neither_the_key_nor_the_handle_and_without_a_key_notes_nothing(self):
        server = self.started()
        ann, key = server.register(), str(uuid.uuid4())
        self.request(server, ann.email)
        self.assertEqual(server.rows("SELECT count(*) FROM idempotency_keys"), [(0,)])

        flow = self.asked(server, key, ann.email).json["flow"]

        digest, print_, account = server.rows("SELECT key, fingerprint, account_id FROM idempotency_keys")[0]
        self.assertEqual((len(digest), len(print_), account), (32, 32, None))
        stored = server.database_file.read_bytes() + (server.data / "sallyport.db-wal").read_bytes()
        secret = e2e.unbase64url(flow.removeprefix("spf_"))[16:]
        for text in (key.encode(), flow.encode(), secret):
            self.assertNotIn(text, stored)

    def test_a_day_later_it_is_a_new_request(self):
        mail_server, server = self.both()
        ann, key = server.register(), str(uuid.uuid4())
        first = self.asked(server, key, ann.email).json["flow"]
        self.received(mail_server, ann.email, SUBJECT, 1)
        server.stop()
        database = sqlite3.connect(server.database_file)
        with database:
            database.execute("UPDATE idempotency_keys SET created_at = created_at - ?", (25 * 3_600_000_000,))
        database.close()
        server.start()

        self.assertNotEqual(self.asked(server, key, ann.email).json["flow"], first)
        self.received(mail_server, ann.email, SUBJECT, 2)


class LostAnswer(RecoveryOnceTest):
    def test_kill_9_between_the_commit_and_the_answer_and_then_the_retry(self):
        mail_server, server = self.both()
        for _ in range(3):
            ann, key = server.register(), str(uuid.uuid4())
            before = self.flows(server)
            text = json.dumps({"email": ann.email}).encode()
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall((f"POST {RECOVERY} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                    f"Idempotency-Key: {key}\r\nContent-Length: {len(text)}\r\n\r\n").encode() + text)
                self.assertTrue(e2e.eventually(lambda: self.flows(server) > before, 10, interval=0.0005))
                server.restart(signal.SIGKILL)  # nobody reads the answer

            flow = self.asked(server, key, ann.email).json["flow"]

            text = self.received(mail_server, ann.email, SUBJECT, 1)[0]
            self.assert_settled(server)
            self.assertEqual(self.flows(server), before + 1)
            self.received(mail_server, ann.email, SUBJECT, 1)
            code, = re.findall(r"^\s*(\d{8})\s*$", text, re.MULTILINE)
            self.assertEqual(self.confirm(server, code=code, flow=flow).status, 204)


if __name__ == "__main__":
    e2e.main()
