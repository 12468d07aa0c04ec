"""HTTP/2 by prior knowledge on the same port as HTTP/1.1: REST, pages and streams, with curl and with python3-h2."""
import json
import subprocess
import threading

import pictures
import sallyport_process as e2e
from http2_client import Http2Client
from sallyport_process import PASSWORD, fresh_email


def curl(server, *arguments):
    """The protocol that was spoken, the status, and the body as JSON."""
    ended = subprocess.run(
        ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "20", "--write-out",
         "\n%{http_version} %{http_code}", *arguments[1:], f"http://127.0.0.1:{server.port}{arguments[0]}"],
        check=True, timeout=30, capture_output=True, stdin=subprocess.DEVNULL, env=e2e.clean_environment())
    body, _, spoken = ended.stdout.decode().rpartition("\n")
    version, status = spoken.split()
    return version, int(status), json.loads(body) if body.startswith("{") else body


class Http2(e2e.SharedServerTest):
    def test_one_port_speaks_both(self):
        self.assertEqual(curl(self.shared, "/health", "--http1.1"), ("1.1", 200, {"status": "ok"}))
        self.assertEqual(curl(self.shared, "/health", "--http2-prior-knowledge"), ("2", 200, {"status": "ok"}))

    def test_an_offer_to_upgrade_is_passed_over(self):
        self.assertEqual(curl(self.shared, "/health", "--http2"), ("1.1", 200, {"status": "ok"}))

    def test_a_person_registers_signs_in_and_asks_who_they_are(self):
        email = fresh_email()
        body = json.dumps({"email": email, "password": PASSWORD})
        posted = ["--http2-prior-knowledge", "-H", "Content-Type: application/json", "--data", body]
        version, status, registered = curl(self.shared, "/v1/auth/register", *posted)
        self.assertEqual((version, status), ("2", 201), registered)
        version, status, signed_in = curl(self.shared, "/v1/auth/login", *posted)
        self.assertEqual((version, status), ("2", 200), signed_in)

        version, status, me = curl(self.shared, "/v1/auth/me", "--http2-prior-knowledge", "-H",
                                   f"Authorization: Bearer {signed_in['access_token']}")

        self.assertEqual((version, status, me["email"]), ("2", 200, email))
        self.assertTrue(e2e.eventually(
            lambda: any((line.get("protocol"), line.get("route"), line.get("status")) == ("http/2", "/v1/auth/me", 200)
                        for line in map(json.loads, self.shared.errors().splitlines())), within=5))

    def test_errors_are_the_same_documents(self):
        for path, options in (("/nothing", []), ("/v1/auth/me", []), ("/v1/auth/login", ["-X", "GET"]),
                              ("/v1/auth/login", ["-H", "Content-Type: application/json", "--data", "{"]),
                              ("/v1/auth/login", ["--data", "{}"]),
                              ("/v1/auth/login", ["-H", "Content-Type: application/json", "--data", "[" * 100_000])):
            with self.subTest(path=path, options=str(options)[:60]):
                one, two = (curl(self.shared, path, protocol, *options)
                            for protocol in ("--http1.1", "--http2-prior-knowledge"))

                self.assertEqual((one[0], two[0]), ("1.1", "2"))
                self.assertEqual(one[1], two[1])
                self.assertEqual({**one[2], "request_id": ""}, {**two[2], "request_id": ""})

    def test_a_head_that_is_refused_has_an_id_too(self):
        client = Http2Client(self.shared.port)

        refused = client.ask("GET", "/health", {"X-Long": "y" * 20_000})

        self.assertEqual(refused.status, 431)
        number = refused.headers["x-request-id"]
        self.assertEqual(json.loads(refused.body)["request_id"], number)
        self.assertTrue(e2e.eventually(lambda: number in self.shared.errors(), within=5))
        client.close()

    def test_many_streams_of_one_connection_each_get_their_own(self):
        client = Http2Client(self.shared.port)
        people = [self.shared.register() for _ in range(20)]

        streams = [client.begin("GET", "/v1/auth/me", person.by_bearer) for person in people]

        for person, stream in zip(people, streams):
            self.assertEqual(json.loads(client.answer(stream).body)["email"], person.email)
        client.close()

    def test_a_stream_that_waits_for_a_hash_holds_up_no_other(self):
        client = Http2Client(self.shared.port)
        person = self.shared.register()
        body = json.dumps({"email": person.email, "password": PASSWORD}).encode()

        slow = [client.begin("POST", "/v1/auth/login", {"Content-Type": "application/json"}, body) for _ in range(8)]
        quick = client.ask("GET", "/v1/auth/me", person.by_bearer)

        self.assertEqual(quick.status, 200)
        self.assertFalse(all(client.so_far(stream).is_whole for stream in slow))
        self.assertEqual({client.answer(stream).status for stream in slow}, {200})
        client.close()

    def test_a_large_body_goes_up_and_comes_down(self):
        person = self.shared.register()
        picture = pictures.png(64, 64, size=900_000)
        client = Http2Client(self.shared.port)

        put = client.ask("PUT", "/v1/auth/me/avatar", {**person.by_bearer, "Content-Type": "image/png"}, picture)
        self.assertEqual(put.status, 200, put.body)
        shown = client.ask("GET", json.loads(put.body)["avatar_url"])

        self.assertEqual(shown.body, picture)
        client.close()

    def test_threads_of_clients(self):
        person = self.shared.register()
        failures = []

        def ask():
            client = Http2Client(self.shared.port)
            for _ in range(20):
                streams = [client.begin("GET", "/v1/auth/me", person.by_bearer) for _ in range(10)]
                failures.extend(stream for stream in streams if client.answer(stream).status != 200)
            client.close()

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


if __name__ == "__main__":
    e2e.main()
