"""What a person and their client can do: register, sign in, be recognised, refresh, sign out."""
import json
import pathlib
import re
import socket
import subprocess
import time

import sallyport_process as e2e
from sallyport_process import PASSWORD, SignedIn, bearer, fresh_email, unbase64url, uuid_bytes

SESSION_COOKIE = "sallyport"
DEVICE_COOKIE = "sallyport-device"
FOURTEEN_DAYS = 14 * 86_400


def claims_of(token):
    return json.loads(unbase64url(token.split(".")[1]))


class Accounts(e2e.SharedServerTest):
    def test_a_registration_answers_who_it_made_and_what_they_need(self):
        email = fresh_email("Ann.Öl")
        answer = self.shared.post("/v1/auth/register", {
            "email": email, "password": PASSWORD, "display_name": "Ann Ö", "locale": "de-AT",
            "timezone": "Europe/Vienna"})

        self.assertEqual(answer.status, 201, answer)
        user = answer.json["user"]
        self.assertEqual(
            {name: value for name, value in user.items() if name not in ("id", "created_at", "updated_at")},
            {"email": email, "display_name": "Ann Ö", "locale": "de-AT", "timezone": "Europe/Vienna",
             "email_verified": False, "phone_verified": False, "role": "user", "status": "active", "has_password": True})
        self.assertEqual((answer.json["token_type"], answer.json["expires_in"]), ("Bearer", 900))
        self.assertTrue(answer.json["refresh_token"].startswith("spr_"))
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(self.shared.me(bearer(answer.json["access_token"])).json, user)

    def test_one_address_is_one_account_however_it_is_written(self):
        self.shared.register("Zoë.Taken@Example.ORG")

        for spelling in ("zoë.taken@example.org", "ZOË.TAKEN@example.org", "zoe\u0308.taken@EXAMPLE.org"):
            with self.subTest(spelling):
                again = self.shared.post("/v1/auth/register", {"email": spelling, "password": PASSWORD})
                self.assert_problem(again, 409, "identifier_taken")
                self.assertEqual(self.shared.login(spelling).status, 200)

    def test_of_parallel_registrations_of_one_address_one_wins(self):
        email = fresh_email("race")

        answers = e2e.in_parallel(
            6, lambda _: self.shared.post("/v1/auth/register", {"email": email, "password": PASSWORD}))

        self.assertEqual(sorted(answer.status for answer in answers), [201] + [409] * 5)
        self.assertEqual(self.shared.rows("SELECT count(*) FROM accounts WHERE email = ?", email), [(1,)])

    def test_identifier_is_another_word_for_email_and_username_for_display_name(self):
        email = fresh_email()
        answer = self.shared.post("/v1/auth/register", {"identifier": email, "password": PASSWORD, "username": "annie"})
        self.assertEqual((answer.status, answer.json["user"]["display_name"]), (201, "annie"), answer)

        self.assertEqual(self.shared.post("/v1/auth/login", {"identifier": email, "password": PASSWORD}).status, 200)
        both = {"identifier": email, "email": fresh_email(), "password": PASSWORD}
        self.assert_problem(
            self.shared.post("/v1/auth/login", both), 422, "invalid_fields", ("identifier", "contradicts_email"))

    def test_a_profile_change_clears_what_is_null_and_leaves_what_is_absent(self):
        ann = self.shared.register(display_name="Ann", locale="en", timezone="UTC")

        changed = self.shared.patch("/v1/auth/me", {"display_name": "Anna", "locale": None}, ann.by_bearer)

        self.assertEqual(changed.status, 200, changed)
        self.assertEqual((changed.json["display_name"], changed.json.get("locale"), changed.json["timezone"]),
                         ("Anna", None, "UTC"))
        self.assertEqual(self.shared.me(ann.by_cookie).json, changed.json)
        cleared = self.shared.patch("/v1/auth/me", {"display_name": None, "timezone": None}, ann.by_bearer)
        self.assertEqual((cleared.json.get("display_name"), cleared.json.get("timezone")), (None, None))

    def test_a_change_by_one_session_is_seen_by_the_others_at_once(self):
        ann = self.shared.register(display_name="Ann")
        other = SignedIn.of(self.shared.login(ann.email))
        self.assertEqual(self.shared.me(other.by_cookie).json["display_name"], "Ann")

        self.shared.patch("/v1/auth/me", {"display_name": "Anna"}, ann.by_bearer)

        self.assertEqual(self.shared.me(other.by_cookie).json["display_name"], "Anna")
        self.assertEqual(self.shared.me(other.by_bearer).json["display_name"], "Anna")


class Sessions(e2e.SharedServerTest):
    def test_the_session_cookie_is_out_of_scripts_reach_and_lives_as_long_as_the_session(self):
        answer = self.shared.login(self.shared.register().email)

        for name in (SESSION_COOKIE, DEVICE_COOKIE):
            cookie = answer.cookies[name]
            self.assertEqual((cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]),
                             (True, "Lax", "/", ""))
        self.assertEqual(int(answer.cookies[SESSION_COOKIE]["max-age"]), FOURTEEN_DAYS)
        self.assertTrue(answer.cookies[SESSION_COOKIE].value.startswith("sps_"))

    def test_cookie_and_bearer_token_are_the_same_session(self):
        ann = self.shared.register()

        for how, headers in (("bearer", ann.by_bearer), ("cookie", ann.by_cookie), ("scheme in capitals", {
                "Authorization": "BEARER " + ann.access_token})):
            with self.subTest(how):
                self.assertEqual(self.shared.me(headers).json["id"], ann.user["id"])
                check = self.shared.get("/v1/auth/check", headers)
                self.assertEqual(
                    (check.status, check.body, check.headers["X-Auth-User"], check.headers["X-Auth-Session"],
                     check.headers["X-Auth-Email"], check.headers["X-Auth-Role"]),
                    (204, b"", ann.user["id"], ann.session_id, ann.email, "user"))

    def test_a_refresh_by_cookie_slides_the_session_and_keeps_refresh_tokens_out_of_the_browser(self):
        ann = self.shared.register()
        expiry = "SELECT expires_at FROM sessions WHERE id = ?"
        before = self.shared.rows(expiry, uuid_bytes(ann.session_id))[0][0]

        answer = self.shared.post(
            "/v1/auth/refresh", None, {**ann.by_cookie, "Origin": f"http://127.0.0.1:{self.shared.port}"})

        self.assertEqual(answer.status, 200, answer)
        self.assertNotIn("refresh_token", answer.json)
        self.assertEqual(answer.cookies[SESSION_COOKIE].value, ann.cookie)
        self.assertEqual(claims_of(answer.json["access_token"])["sid"], ann.session_id)
        self.assertEqual(self.shared.me(bearer(answer.json["access_token"])).status, 200)
        self.assertGreater(self.shared.rows(expiry, uuid_bytes(ann.session_id))[0][0], before)
        self.assertEqual(self.shared.refresh(ann.refresh_token).status, 200)  # it has not been used

    def test_signing_in_on_a_device_again_ends_the_session_it_had(self):
        ann = self.shared.register(device={"id": "ann's phone", "name": "Phone", "type": "mobile"})
        self.assertEqual(ann.device_id, "ann's phone")
        elsewhere = SignedIn.of(self.shared.login(ann.email, device={"id": "ann's laptop"}))
        self.assertEqual(self.shared.me(ann.by_bearer).status, 200)

        again = SignedIn.of(self.shared.login(ann.email, device={"id": "ann's phone"}))

        self.assertNotEqual(again.session_id, ann.session_id)
        self.assertEqual(self.shared.me(ann.by_bearer).status, 401)
        self.assertEqual(self.shared.me(ann.by_cookie).status, 401)
        self.assertEqual(self.shared.refresh(ann.refresh_token).status, 401)
        self.assertEqual(self.shared.me(again.by_bearer).status, 200)
        self.assertEqual(self.shared.me(elsewhere.by_bearer).status, 200)

    def test_two_people_may_share_a_device(self):
        ann = self.shared.register(device={"id": "kitchen tablet"})
        bob = self.shared.register(device={"id": "kitchen tablet"})

        self.assertEqual([self.shared.me(person.by_bearer).status for person in (ann, bob)], [200, 200])

    def test_a_browser_is_one_device_by_its_cookie(self):
        ann = self.shared.register()
        first = self.shared.login(ann.email)
        own_origin = {"Origin": f"http://127.0.0.1:{self.shared.port}"}
        device = {"Cookie": f"{DEVICE_COOKIE}={first.cookies[DEVICE_COOKIE].value}", **own_origin}

        second = self.shared.post("/v1/auth/login", {"email": ann.email, "password": PASSWORD}, device)

        self.assertEqual(SignedIn.of(second).device_id, SignedIn.of(first).device_id)
        self.assertEqual(self.shared.me(SignedIn.of(first).by_cookie).status, 401)
        self.assertEqual(self.shared.me(SignedIn.of(second).by_cookie).status, 200)
        self.assertEqual(self.shared.me(ann.by_cookie).status, 200)  # another device

    def test_a_signed_out_session_is_refused_at_once_however_it_was_named(self):
        ways = {
            "body": lambda who: ({"refresh_token": who.refresh_token}, {}),
            "bearer": lambda who: (None, who.by_bearer),
            "cookie": lambda who: (None, {**who.by_cookie, "Origin": f"http://127.0.0.1:{self.shared.port}"}),
            "cookie with an empty object": lambda who: ({}, {**who.by_cookie, "Sec-Fetch-Site": "same-origin"}),
        }
        for name, request in ways.items():
            with self.subTest(name):
                ann = self.shared.register()
                self.assertEqual(self.shared.me(ann.by_cookie).status, 200)  # cached from here on
                body, headers = request(ann)

                answer = self.shared.post("/v1/auth/logout", body, headers)

                self.assertEqual((answer.status, answer.body), (204, b""))
                self.assertEqual((answer.cookies[SESSION_COOKIE].value, answer.cookies[SESSION_COOKIE]["max-age"]),
                                 ("", "0"))
                self.assertEqual(self.shared.me(ann.by_cookie).status, 401)
                self.assertEqual(self.shared.me(ann.by_bearer).status, 401)
                self.assertEqual(self.shared.get("/v1/auth/check", ann.by_bearer).status, 401)
                self.assert_problem(self.shared.refresh(ann.refresh_token), 401, "session_expired")
                self.assertEqual(self.shared.post("/v1/auth/logout", body, headers).status, 204)  # once more
                ended = self.shared.rows(
                    "SELECT count(*) FROM audit_events WHERE event = 'session_ended' AND session_id = ?",
                    uuid_bytes(ann.session_id))
                self.assertEqual(ended, [(1,)])

    def test_signing_out_without_any_session_is_no_error(self):
        for body in (None, {}, {"refresh_token": "spr_nonsense"}):
            self.assertEqual(self.shared.post("/v1/auth/logout", body).status, 204)

    def test_a_password_is_the_same_on_every_keyboard(self):
        email = fresh_email()
        self.shared.register(email, "caf\u00e9 au lait, trois fois")

        self.assertEqual(self.shared.login(email, "cafe\u0301 au lait, trois fois").status, 200)
        self.assertEqual(self.shared.login(email, "cafe au lait, trois fois").status, 401)


class Refreshing(e2e.SharedServerTest):
    def test_fifty_refreshes_of_one_token_at_once_have_one_successor(self):
        ann = self.shared.register()

        answers = e2e.in_parallel(50, lambda _: self.shared.refresh(ann.refresh_token))

        self.assertEqual([answer.status for answer in answers], [200] * 50)
        successors = {answer.json["refresh_token"] for answer in answers}
        self.assertEqual(len(successors), 1)
        self.assertNotIn(ann.refresh_token, successors)
        generation = self.shared.rows(
            "SELECT refresh_generation FROM sessions WHERE id = ?", uuid_bytes(ann.session_id))
        self.assertEqual(generation, [(2,)])
        self.assertEqual(self.shared.me(bearer(answers[-1].json["access_token"])).status, 200)
        self.assertEqual(self.shared.me(ann.by_bearer).status, 200)

    def test_a_retry_gets_the_answer_that_was_lost(self):
        ann = self.shared.register()
        lost = self.shared.refresh(ann.refresh_token).json["refresh_token"]

        retried = self.shared.refresh(ann.refresh_token)

        self.assertEqual((retried.status, retried.json["refresh_token"]), (200, lost))
        self.assertEqual(self.shared.refresh(lost).status, 200)

    def test_a_token_used_after_its_successor_was_is_taken_for_stolen(self):
        ann = self.shared.register()
        second = self.shared.refresh(ann.refresh_token).json
        third = self.shared.refresh(second["refresh_token"]).json
        self.assertEqual(self.shared.me(bearer(third["access_token"])).status, 200)

        reuse = self.shared.refresh(ann.refresh_token)

        self.assert_problem(reuse, 401, "refresh_token_reused")
        for what, is_refused in {
            "access token": lambda: self.shared.me(bearer(third["access_token"])).status == 401,
            "cookie": lambda: self.shared.me(ann.by_cookie).status == 401,
        }.items():
            self.assertTrue(e2e.eventually(is_refused, within=1), what)
        for token in (ann.refresh_token, second["refresh_token"], third["refresh_token"]):
            self.assertEqual(self.shared.refresh(token).status, 401)
        audited = self.shared.rows(
            "SELECT account_id FROM audit_events WHERE event = 'refresh_token_reused' AND session_id = ?",
            uuid_bytes(ann.session_id))
        self.assertEqual(audited, [(uuid_bytes(ann.user["id"]),)])

    def test_reuse_in_one_session_leaves_the_persons_other_sessions_alone(self):
        ann = self.shared.register()
        other = SignedIn.of(self.shared.login(ann.email))
        second = self.shared.refresh(ann.refresh_token).json["refresh_token"]
        self.shared.refresh(second)
        self.assertEqual(self.shared.refresh(ann.refresh_token).status, 401)

        self.assertEqual(self.shared.me(other.by_bearer).status, 200)
        self.assertEqual(self.shared.refresh(other.refresh_token).status, 200)


class AccessTokens(e2e.SharedServerTest):
    def test_another_library_verifies_them_with_the_published_keys(self):
        ann = self.shared.register()
        head, body, signature = ann.access_token.split(".")
        header = json.loads(unbase64url(head))
        answer = self.shared.get("/.well-known/jwks.json")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
        self.assertIn("max-age", answer.headers["Cache-Control"])
        keys = {key["kid"]: key for key in answer.json["keys"]}
        self.assertEqual((header["alg"], header["typ"]), ("EdDSA", "at+jwt"))
        key = keys[header["kid"]]
        self.assertEqual((key["kty"], key["crv"], key["alg"], key["use"]), ("OKP", "Ed25519", "EdDSA", "sig"))
        self.assertFalse({"d", "k", "p", "q"} & set(key))

        verified = self.openssl_verifies(unbase64url(key["x"]), f"{head}.{body}", unbase64url(signature))
        altered = self.openssl_verifies(unbase64url(key["x"]), f"{head}.{body}x", unbase64url(signature))

        self.assertEqual((verified, altered), (True, False))

    def openssl_verifies(self, public_key, text, signature):
        folder = self.folder()
        spki = bytes.fromhex("302a300506032b6570032100") + public_key  # RFC 8410 §4
        for name, content in (("key.der", spki), ("message", text.encode()), ("signature", signature)):
            (folder / name).write_bytes(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.der", "-keyform", "DER", "-rawin",
                   "-in", "message", "-sigfile", "signature"]
        return subprocess.run(command, cwd=folder, capture_output=True, timeout=20).returncode == 0

    def test_they_say_who_where_and_how_long(self):
        ann = self.shared.register()
        claims = claims_of(ann.access_token)

        self.assertEqual(
            {name: claims[name] for name in ("sub", "sid", "iss", "aud", "role")},
            {"sub": ann.user["id"], "sid": ann.session_id, "iss": "http://localhost",
             "aud": "sallyport", "role": "user"})
        self.assertEqual(claims["exp"] - claims["iat"], 900)
        self.assertLess(abs(claims["iat"] - time.time()), 60)
        self.assertLessEqual(claims["nbf"], claims["iat"])
        again = claims_of(self.shared.refresh(ann.refresh_token).json["access_token"])
        self.assertNotEqual(claims["jti"], again["jti"])


class Operations(e2e.SharedServerTest):
    def test_health_says_it_lives_and_is_ready(self):
        for path in ("/health", "/health/live", "/health/ready"):
            self.assertEqual(self.shared.get(path).status, 200)

    def test_metrics_count_requests_by_route_and_outcome(self):
        def refused_sign_ins():
            text = self.shared.get("/metrics").body.decode()
            name = 'sallyport_requests_total{method="POST",outcome="invalid_credentials",route="/v1/auth/login"}'
            return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(name)), 0)

        before = refused_sign_ins()
        self.shared.login(fresh_email("nobody"))

        self.assertEqual(refused_sign_ins(), before + 1)
        self.assertTrue(self.shared.get("/metrics").headers["Content-Type"].startswith("text/plain"))

    def test_head_answers_like_get_without_the_body(self):
        ann = self.shared.register()
        for path, headers in (("/health", {}), ("/v1/auth/me", ann.by_bearer), ("/v1/auth/me", {}),
                              ("/.well-known/jwks.json", {}), ("/nowhere", {})):
            with self.subTest(path=path, headers=headers):
                got = self.shared.get(path, headers)
                head = self.shared.request("HEAD", path, None, headers)
                self.assertEqual((head.status, head.body, head.headers["Content-Length"], head.headers["Content-Type"]),
                                 (got.status, b"", str(len(got.body)), got.headers["Content-Type"]))

    def test_options_and_405_name_the_methods(self):
        for path, methods in (("/v1/auth/me", {"DELETE", "GET", "HEAD", "PATCH", "OPTIONS"}),
                              ("/v1/auth/login", {"POST", "OPTIONS"}), ("/health", {"GET", "HEAD", "OPTIONS"})):
            with self.subTest(path):
                options = self.shared.request("OPTIONS", path)
                self.assertEqual((options.status, set(options.headers["Allow"].split(", "))), (204, methods))
                refused = self.shared.request("PUT", path)
                self.assert_problem(refused, 405, "method_not_allowed")
                self.assertEqual(set(refused.headers["Allow"].split(", ")), methods)

    def test_a_harmless_request_id_is_kept_and_any_other_replaced(self):
        given = self.shared.get("/v1/auth/me", {"X-Request-Id": "My-id_1.a"})
        self.assertEqual((given.headers["X-Request-Id"], given.json["request_id"]), ("My-id_1.a", "My-id_1.a"))

        for harmful in ("a" * 65, 'quote"', "two words", "café".encode().decode("latin-1")):
            with self.subTest(harmful):
                made = self.shared.get("/v1/auth/me", {"X-Request-Id": harmful}).headers["X-Request-Id"]
                self.assertTrue(made and made != harmful and len(made) <= 64)
        self.assertNotEqual(*[self.shared.get("/health").headers["X-Request-Id"] for _ in range(2)])

    def test_a_request_that_could_not_be_read_has_an_id_in_answer_and_log(self):
        with socket.create_connection(("127.0.0.1", self.shared.port), timeout=10) as connection:
            connection.sendall(b"no request\r\n\r\n")
            head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
        made = re.search(rb"\r\nX-Request-Id: ([0-9a-f]{16})\r\n", head)[1].decode()
        self.assertEqual(json.loads(body)["request_id"], made)
        self.assertTrue(e2e.eventually(lambda: f'"request_id":"{made}"' in self.shared.errors(), 10), "it is in the log")

    def test_a_trace_that_others_began_is_in_the_log(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        self.shared.get("/v1/auth/me", {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
        self.assertTrue(e2e.eventually(lambda: f'"trace_id":"{trace}"' in self.shared.errors(), 10))

    def test_every_refusal_of_a_stranger_says_how_to_sign_in(self):
        for method, path, body in (("GET", "/v1/auth/me", None), ("PATCH", "/v1/auth/me", {"locale": "en"}),
                                   ("GET", "/v1/auth/check", None),
                                   ("POST", "/v1/auth/login", {"email": fresh_email("x"), "password": PASSWORD}),
                                   ("POST", "/v1/auth/refresh", {"refresh_token": "spr_x"})):
            with self.subTest(method=method, path=path):
                answer = self.shared.request(method, path, body)
                self.assertEqual(answer.status, 401)
                self.assert_problem(answer, 401, answer.code)


class Secrets(e2e.EndToEndTest):
    def test_nothing_stored_or_logged_holds_a_token_or_a_password(self):
        server = self.started()
        email, password = fresh_email("sekret"), "a rather Private phrase 77"
        ann = server.register(email, password)
        again = SignedIn.of(server.login(email, password))
        server.login(email, "a wrong Private phrase 88")
        answer = server.refresh(again.refresh_token)
        self.assertEqual(answer.status, 200)
        server.get("/v1/auth/me?token=" + again.access_token, again.by_cookie)
        server.patch("/v1/auth/me", {"display_name": "Ann"}, ann.by_bearer)
        tokens = {ann.access_token, ann.refresh_token, ann.cookie, again.access_token, again.refresh_token,
                  again.cookie, answer.json["access_token"], answer.json["refresh_token"]}
        secrets = {token.encode() for token in tokens} | {password.encode(), b"a wrong Private phrase 88"}
        secrets |= {unbase64url(token[4:]) for token in tokens if token[:4] in ("sps_", "spr_")}
        secrets |= {token.split(".")[2].encode() for token in tokens if token.count(".") == 2}

        write_ahead_log = server.data / "sallyport.db-wal"
        self.assertIn(email.encode(), write_ahead_log.read_bytes())  # what may be there is found
        self.assert_absent(filter(pathlib.Path.is_file, server.data.iterdir()), secrets)
        self.assertEqual(server.stop(), 0)
        self.assert_absent(filter(pathlib.Path.is_file, server.data.iterdir()), secrets)
        self.assert_absent([server.output_file, server.error_file], secrets | {email.encode(), b"sekret"})
        verifier = server.rows("SELECT verifier FROM credentials")[0][0]
        self.assertIn("argon2id", verifier)

    def assert_absent(self, files, secrets):
        for file in map(pathlib.Path, files):
            content = file.read_bytes()
            for secret in secrets:
                self.assertFalse(secret in content, f"{file.name} holds {secret!r}")


if __name__ == "__main__":
    e2e.main()
