"""What strangers, broken clients and attackers send: each is refused with a problem document and leaves no row.

Tests of one class share a server. The rows of every table are counted before and after each test; only the throttle's
counters may grow, since failed sign-ins are what they count, and old invalidations may go, which is housekeeping.
"""
import hmac
import json
import time

import sallyport_process as e2e
from sallyport_process import PASSWORD, SignedIn, base64url, bearer, fresh_email, unbase64url

MAY_GROW = {"throttle_counters", "throttle_reservations"}
MAY_SHRINK = {"invalidations"}


class LeavesNoRow(e2e.SharedServerTest):
    """Each test gets `ann`, who is signed in, and must leave the tables as it found them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ann = cls.shared.register(display_name="Ann")
        cls.own_origin = {"Origin": f"http://127.0.0.1:{cls.shared.port}"}

    def setUp(self):
        self.before = self.shared.row_counts()

    def tearDown(self):
        after = self.shared.row_counts()
        for table, count in self.before.items():
            if table not in MAY_GROW:
                self.assertLessEqual(after[table], count, f"{table} has grown")
            if table not in MAY_SHRINK:
                self.assertGreaterEqual(after[table], count, f"{table} has shrunk")
        self.assertEqual(self.shared.me(self.ann.by_bearer).status, 200)
        self.assertEqual(self.shared.me(self.ann.by_cookie).json["display_name"], "Ann")


JSON_ROUTES = (("POST", "/v1/auth/register"), ("POST", "/v1/auth/login"), ("POST", "/v1/auth/refresh"),
               ("POST", "/v1/auth/logout"), ("PATCH", "/v1/auth/me"))


class Documents(LeavesNoRow):
    def send(self, route, body, headers=None):
        return self.shared.request(*route, body, {**self.ann.by_bearer, **(headers or {})})

    def test_what_is_no_json_object_is_a_400_on_every_route(self):
        mail = fresh_email().encode()
        for name, body, code in (
                ("cut off", b'{"email": ', "json_malformed"),
                ("a trailing comma", b'{"email":"a@example.org",}', "json_malformed"),
                ("a comment", b'{/* */}', "json_malformed"),
                ("two documents", b'{}{}', "json_malformed"),
                ("single quotes", b"{'email':'a'}", "json_malformed"),
                ("NaN", b'{"n":NaN}', "json_malformed"),
                ("a byte order mark", b'\xef\xbb\xbf{}', "json_malformed"),
                ("a lone surrogate", b'{"email":"\\ud800"}', "json_malformed"),
                ("white space only", b'  ', "json_malformed"),
                ("an array", b'[{"email":"a@example.org"}]', "json_not_object"),
                ("a string", b'"email"', "json_not_object"),
                ("null", b'null', "json_not_object"),
                ("a number", b'5', "json_not_object"),
                ("a Latin-1 byte", b'{"email":"\xe4@example.org"}', "json_not_utf8"),
                ("an overlong form", b'{"email":"\xc0\x80@example.org"}', "json_not_utf8"),
                ("an encoded surrogate", b'{"email":"\xed\xa0\x80"}', "json_not_utf8"),
                ("bad UTF-8 in an unknown field", b'{"x":"\xff"}', "json_not_utf8"),
                ("a key twice", b'{"email":"' + mail + b'","email":"b@example.org"}', "json_duplicate_key"),
                ("a key twice, once escaped", b'{"email":"a","e\\u006dail":"b"}', "json_duplicate_key"),
                ("an unknown key twice", b'{"x":1,"x":2}', "json_duplicate_key"),
                ("a key twice further in", b'{"device":{"id":"a","id":"b"}}', "json_duplicate_key"),
                ("10,000 arrays", b'{"x":' + b'[' * 10_000 + b']' * 10_000 + b'}', "json_too_deep"),
                ("10,000 objects", b'{"x":' * 10_000 + b'1' + b'}' * 10_000, "json_too_deep")):
            for route in JSON_ROUTES:
                with self.subTest(name, route=route):
                    answer = self.send(route, body)
                    self.assertEqual(answer.status, 400, answer)
                    self.assert_problem(answer, 400, code)

    def test_an_empty_body_is_no_document_where_one_is_needed(self):
        for route in (("POST", "/v1/auth/register"), ("POST", "/v1/auth/login"), ("PATCH", "/v1/auth/me")):
            self.assert_problem(self.send(route, b""), 400, "json_malformed")

    def test_a_body_over_the_limit_is_refused_on_every_route(self):
        for route in JSON_ROUTES:
            with self.subTest(route):
                self.assert_problem(self.send(route, b'{"x":"' + b"a" * 70_000 + b'"}'), 413, "body_too_large")

    def test_only_json_is_taken_for_json(self):
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                             "application/jsonx", "text/json", "json", ""):
            for route in JSON_ROUTES:
                with self.subTest(content_type, route=route):
                    answer = self.send(route, b'{"refresh_token":5}', {"Content-Type": content_type})
                    self.assert_problem(answer, 415, "unsupported_media_type")
        answer = self.send(("POST", "/v1/auth/register"), b"{}", {"Content-Type": "Application/JSON ; charset=utf-8"})
        self.assert_problem(answer, 422, "invalid_fields")


class Fields(LeavesNoRow):
    def assert_wrong(self, answer, *wrong):
        self.assert_problem(answer, 422, "invalid_fields")
        self.assertEqual(answer.wrong_fields, set(wrong), answer)

    def register(self, **changed):
        return self.shared.post("/v1/auth/register", {"email": fresh_email(), "password": PASSWORD, **changed})

    def test_each_wrong_field_of_a_registration_is_named_with_its_rule(self):
        long_domain = "a@" + ".".join(["b" * 60] * 5) + ".org"
        for changed, *wrong in (
                ({"email": 5}, ("email", "wrong_type")),
                ({"email": ["a@example.org"]}, ("email", "wrong_type")),
                ({"email": {"a": "b"}}, ("email", "wrong_type")),
                ({"email": True}, ("email", "wrong_type")),
                ({"email": None}, ("email", "missing")),
                ({"email": ""}, ("email", "email_malformed")),
                ({"email": "no-at-sign.example.org"}, ("email", "email_malformed")),
                ({"email": "two@at@example.org"}, ("email", "email_malformed")),
                ({"email": "ann@localhost"}, ("email", "email_malformed")),
                ({"email": "ann @example.org"}, ("email", "email_malformed")),
                ({"email": "ann\r\nBcc: b@example.org"}, ("email", "email_malformed")),
                ({"email": "a" * 65 + "@example.org"}, ("email", "email_malformed")),
                ({"email": long_domain}, ("email", "too_long")),
                ({"email": "a\0b@example.org"}, ("email", "contains_nul")),
                ({"email": None, "identifier": "nobody"}, ("identifier", "email_malformed")),
                ({"password": 12345678}, ("password", "wrong_type")),
                ({"password": None}, ("password", "missing")),
                ({"password": ""}, ("password", "missing")),
                ({"password": "Xq7-zR!"}, ("password", "too_short")),
                ({"password": "ö" * 129}, ("password", "too_long")),
                ({"password": "long enough\0 but NUL"}, ("password", "contains_nul")),
                ({"password": "password123"}, ("password", "too_common")),
                ({"password": "my SallyPort phrase 9381"}, ("password", "contains_product_name")),
                ({"email": "hildegard.x@example.org", "password": "so Hildegard.X wrote 4711"},
                 ("password", "contains_address")),
                ({"display_name": 5}, ("display_name", "wrong_type")),
                ({"display_name": ""}, ("display_name", "too_short")),
                ({"display_name": "   "}, ("display_name", "blank")),
                ({"display_name": "a" * 256}, ("display_name", "too_long")),
                ({"display_name": "a\0b"}, ("display_name", "contains_nul")),
                ({"display_name": "a\nb"}, ("display_name", "contains_control_character")),
                ({"display_name": "\u202eadmin"}, ("display_name", "contains_control_character")),
                ({"locale": "not a locale"}, ("locale", "locale_malformed")),
                ({"locale": "en" + "-abcdefgh" * 5}, ("locale", "too_long")),
                ({"timezone": "Europe/Atlantis"}, ("timezone", "time_zone_unknown")),
                ({"timezone": "../../etc/passwd"}, ("timezone", "time_zone_malformed")),
                ({"timezone": "a" * 65}, ("timezone", "too_long")),
                ({"device": "phone"}, ("device", "wrong_type")),
                ({"device": {"id": ""}}, ("device.id", "too_short")),
                ({"device": {"id": "a" * 256}}, ("device.id", "too_long")),
                ({"device": {"type": "a" * 51}}, ("device.type", "too_long")),
                ({"device": {"client_version": "a" * 101}}, ("device.client_version", "too_long")),
                ({"device": {"metadata": {str(i): "x" for i in range(17)}}}, ("device.metadata", "too_long")),
                ({"device": {"metadata": {"a": "x" * 256}}}, ("device.metadata[]", "too_long")),
                ({"device": {"metadata": {"a": 5}}}, ("device.metadata[]", "wrong_type")),
                ({"installation_id": "not-a-uuid"}, ("installation_id", "uuid_malformed")),
                ({"email": 5, "password": "Xq7-zR!", "locale": "??", "device": {"id": 7}}, ("email", "wrong_type"),
                 ("password", "too_short"), ("locale", "locale_malformed"), ("device.id", "wrong_type"))):
            with self.subTest(str(changed)[:100]):
                self.assert_wrong(self.register(**changed), *wrong)
        self.assert_wrong(self.shared.post("/v1/auth/register", {}), ("email", "missing"), ("password", "missing"))

    def test_what_was_typed_is_not_sent_back(self):
        answer = self.register(email="<script>@", password="hunter2", display_name="a\nprivate")

        for text in ("<script>", "hunter2", "private"):
            self.assertNotIn(text, answer.body.decode())

    def test_wrong_fields_of_a_sign_in(self):
        for body, *wrong in (
                ({}, ("email", "missing"), ("password", "missing")),
                ({"email": [], "password": {}}, ("email", "wrong_type"), ("password", "wrong_type")),
                ({"email": "a@example.org", "password": "x" * 129}, ("password", "too_long")),
                ({"email": "a\0@example.org", "password": "x"}, ("email", "contains_nul")),
                ({"identifier": "ann", "password": "x"}, ("identifier", "email_malformed")),
                ({"email": "a" * 300 + "@example.org", "password": "x"}, ("email", "too_long"))):
            with self.subTest(str(body)[:100]):
                self.assert_wrong(self.shared.post("/v1/auth/login", body), *wrong)

    def test_wrong_fields_of_a_refresh_and_a_sign_out(self):
        for body, rule in (({"refresh_token": 5}, "wrong_type"), ({"refresh_token": ""}, "too_short"),
                           ({"refresh_token": "a" * 513}, "too_long"), ({"refresh_token": "a\0"}, "contains_nul")):
            for path in ("/v1/auth/refresh", "/v1/auth/logout"):
                with self.subTest(str(body)[:100], path=path):
                    self.assert_wrong(self.shared.post(path, body), ("refresh_token", rule))
        for body in (None, {}, {"refresh_token": None}):
            self.assert_wrong(self.shared.post("/v1/auth/refresh", body), ("refresh_token", "missing"))

    def test_wrong_fields_of_a_profile_change_and_none_is_half_applied(self):
        answer = self.shared.patch(
            "/v1/auth/me", {"display_name": "Somebody else", "locale": 5, "timezone": "Nowhere/Land"},
            self.ann.by_bearer)

        self.assert_wrong(answer, ("locale", "wrong_type"), ("timezone", "time_zone_unknown"))

    def test_an_unknown_identifier_is_no_more_than_a_wrong_password(self):
        self.assert_problem(self.shared.login(fresh_email("nobody")), 401, "invalid_credentials")


class UnknownFields(e2e.SharedServerTest):
    def test_unknown_fields_are_passed_over_and_grant_nothing(self):
        email = fresh_email()
        known = {"email": email, "password": PASSWORD, "role": "admin", "status": "suspended", "email_verified": True,
                 "device": {"id": "d", "unknown": 1}}
        odd = b', "x": [{"deep": [null, 1e400, -0, "\\u0000", 123456789012345678901234567890]}], "": 1}'

        answer = self.shared.post("/v1/auth/register", json.dumps(known).encode()[:-1] + odd)

        self.assertEqual(answer.status, 201, answer)
        user = answer.json["user"]
        self.assertEqual((user["role"], user["status"], user["email_verified"]), ("user", "active", False))
        changed = self.shared.patch(
            "/v1/auth/me", {"role": "admin", "email": "other@example.org"}, bearer(answer.json["access_token"]))
        self.assertEqual((changed.status, changed.json["role"], changed.json["email"]), (200, "user", email))


class Tokens(LeavesNoRow):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Another installation altogether; it even claims to be the same issuer.
        cls.foreign = e2e.Server(cls.room, data=cls.room / "foreign",
                                 settings=[f"token.issuer=http://127.0.0.1:{cls.shared.port}"])
        cls.addClassCleanup(cls.foreign.close)
        cls.foreign.start()
        cls.bob = cls.foreign.register()

    def assert_refused(self, name, headers):
        for method, path, body in (("GET", "/v1/auth/me", None), ("GET", "/v1/auth/check", None),
                                   ("PATCH", "/v1/auth/me", {"display_name": "Mallory"})):
            with self.subTest(name, method=method, path=path):
                answer = self.shared.request(method, path, body, headers)
                self.assertEqual(answer.status, 401, answer)
                self.assert_problem(answer, 401, answer.code)

    def test_forged_access_tokens_are_refused(self):
        good = self.ann.access_token
        head, body, signature = good.split(".")
        header, claims = json.loads(unbase64url(head)), json.loads(unbase64url(body))
        own_key = self.shared.get("/.well-known/jwks.json").json["keys"][0]
        foreign_head = json.loads(unbase64url(self.bob.access_token.split(".")[0]))

        def encoded(document):
            return base64url(json.dumps(document, separators=(",", ":")).encode())

        def keyed_with_public_key(key):
            text = encoded({**header, "alg": "HS256"}) + "." + body
            return text + "." + base64url(hmac.new(key, text.encode(), "sha256").digest())

        foreign_parts = self.bob.access_token.split(".")
        forgeries = {
            "alg none": encoded({**header, "alg": "none"}) + "." + body + ".",
            "alg none with the signature": encoded({**header, "alg": "none"}) + "." + body + "." + signature,
            "alg NONE": encoded({**header, "alg": "NONE"}) + "." + body + ".",
            "HS256 keyed with the public key": keyed_with_public_key(unbase64url(own_key["x"])),
            "HS256 keyed with its text": keyed_with_public_key(own_key["x"].encode()),
            "HS256 keyed with the JWK": keyed_with_public_key(json.dumps(own_key).encode()),
            "a foreign key": self.bob.access_token,
            "a foreign signature under our kid": ".".join([head, *foreign_parts[1:]]),
            "a foreign signature under our claims": ".".join([head, body, foreign_parts[2]]),
            "our signature under a foreign kid":
                encoded({**header, "kid": foreign_head["kid"]}) + f".{body}.{signature}",
            "an unknown kid": encoded({**header, "kid": "no-such-key"}) + f".{body}.{signature}",
            "no kid": encoded({k: v for k, v in header.items() if k != "kid"}) + f".{body}.{signature}",
            "a key in the token": encoded({**header, "jwk": own_key}) + f".{body}.{signature}",
            "another typ": encoded({**header, "typ": "JWT"}) + f".{body}.{signature}",
            "a critical extension": encoded({**header, "crit": ["exp"]}) + f".{body}.{signature}",
            "another role": f"{head}.{encoded({**claims, 'role': 'admin'})}.{signature}",
            "a later expiry": f"{head}.{encoded({**claims, 'exp': claims['exp'] + 86_400})}.{signature}",
            "an expiry in the past": f"{head}.{encoded({**claims, 'exp': 1})}.{signature}",
            "a start in the future": f"{head}.{encoded({**claims, 'nbf': claims['exp']})}.{signature}",
            "no signature": f"{head}.{body}.",
            "no third part": f"{head}.{body}",
            "a fourth part": good + ".",
            "truncated": good[:-4],
            "a flipped bit": good[:-10] + ("A" if good[-10] != "A" else "B") + good[-9:],
            "padded": good + "=",
            "with a space": head + ". " + body + "." + signature,
            "a refresh token": self.ann.refresh_token,
            "a session token": self.ann.cookie,
            "nonsense": "nonsense",
            "dots": "..",
            "5,000 bytes": "a" * 5_000,
        }
        for name, token in forgeries.items():
            self.assert_refused(name, bearer(token))

    def test_other_schemes_and_empty_credentials_are_refused(self):
        for value in ("", "Bearer", "Bearer ", "Basic YW5uOnB3", self.ann.access_token,
                      "Bearer" + self.ann.access_token, "Token " + self.ann.access_token, "Bearer a b"):
            self.assert_refused(value[:20], {"Authorization": value})

    def test_a_wrong_bearer_token_is_not_excused_by_a_right_cookie(self):
        self.assertEqual(self.shared.me({**bearer("nonsense"), **self.ann.by_cookie}).status, 401)

    def test_cookies_that_are_not_ours_are_refused(self):
        cookie = self.ann.cookie
        for name, value in {
            "of another installation": self.bob.cookie,
            "truncated": cookie[:-1],
            "longer": cookie + "A",
            "a changed character": cookie[:-5] + ("A" if cookie[-5] != "A" else "B") + cookie[-4:],
            "without its prefix": cookie[4:],
            "a refresh token": self.ann.refresh_token,
            "an access token": self.ann.access_token,
            "quoted": f'"{cookie}"',
            "empty": "",
            "spaces": "  ",
            "not base64url": "sps_" + "!" * 43,
            "4,000 bytes": "sps_" + "a" * 4_000,
        }.items():
            self.assert_refused(name, {"Cookie": "sallyport=" + value, **self.own_origin})
        for name, line in {"another name": "Sallyport=" + cookie, "the name of https": "__Host-sallyport=" + cookie,
                           "no equals sign": "sallyport", "only separators": ";;;=;"}.items():
            self.assert_refused(name, {"Cookie": line, **self.own_origin})

    def test_of_two_plain_cookies_the_right_one_counts_and_of_more_only_the_first_two(self):
        wrong, right = "sallyport=sps_" + "A" * 43, "sallyport=" + self.ann.cookie
        for line, status in ((f"{wrong}; {right}", 200), (f"{right}; {wrong}", 200), (f"a=b; {wrong};{right}", 200),
                             (f"sallyport=; {right}", 200), (f"{wrong}; {wrong}; {right}", 401)):
            with self.subTest(line):
                self.assertEqual(self.shared.me({"Cookie": line}).status, status)

    def test_refresh_tokens_that_are_not_ours_are_refused_and_end_nothing(self):
        good = self.ann.refresh_token
        for name, token in {
            "of another installation": self.bob.refresh_token,
            "truncated": good[:-4],
            "longer": good + "AAAA",
            "a changed secret": good[:60] + ("A" if good[60] != "A" else "B") + good[61:],
            "a changed tag": good[:-6] + ("A" if good[-6] != "A" else "B") + good[-5:],
            "without its prefix": good[4:],
            "padded": good + "=",
            "an access token": self.ann.access_token[:512],
            "a session token": self.ann.cookie,
            "nonsense": "spr_nonsense",
        }.items():
            with self.subTest(name):
                answer = self.shared.refresh(token)
                if len(token) <= 512:
                    self.assert_problem(answer, 401, "refresh_token_invalid")
                self.assertEqual(self.shared.post("/v1/auth/logout", {"refresh_token": token}).status, 204)

    def test_a_foreign_session_cannot_be_slid(self):
        headers = {"Cookie": "sallyport=" + self.bob.cookie, **self.own_origin}
        self.assert_problem(self.shared.post("/v1/auth/refresh", None, headers), 401, "session_expired")


class Expiry(e2e.EndToEndTest):
    def test_an_access_token_ends_on_time_also_when_it_was_used_all_along(self):
        server = self.started(settings=["session.access_token=10s"])  # the least there is
        ann = server.register()
        claims = json.loads(unbase64url(ann.access_token.split(".")[1]))
        self.assertEqual(claims["exp"] - claims["iat"], 10)

        def is_refused():
            self.answer = server.me(ann.by_bearer)
            return self.answer.status != 200

        self.assertTrue(e2e.eventually(is_refused, within=15, interval=0.1))
        self.assertGreaterEqual(time.time(), claims["exp"])
        self.assertLess(time.time(), claims["exp"] + 1)
        self.assert_problem(self.answer, 401, "token_expired")
        self.assertEqual(server.me(ann.by_cookie).status, 200)
        again = server.refresh(ann.refresh_token).json["access_token"]
        self.assertEqual(server.me(bearer(again)).status, 200)


ABSENT = None
SITES = (ABSENT, "same-origin", "none", "same-site", "cross-site")


def cross_site_cases(own, others):
    """(headers, whether they may pass), for every way the three headers can be combined (design: CSRF)."""
    for origin in (ABSENT, *own, *others):
        for site in SITES:
            for cookie in (ABSENT, "theme=dark"):
                if origin in own and site in ("same-site", "cross-site"):
                    continue  # no browser says so of the same origin; of a listed one both are right
                headers = {"Origin": origin, "Sec-Fetch-Site": site, "Cookie": cookie}
                if origin is not ABSENT:
                    may_pass = origin in own
                elif site is not ABSENT:
                    may_pass = site in ("same-origin", "none")
                else:
                    may_pass = cookie is ABSENT
                yield {name: value for name, value in headers.items() if value is not ABSENT}, may_pass


class CrossSiteRequests(LeavesNoRow):
    # Bodies that are refused for their fields, so that passing the guard leaves no row either.
    BODIES = {("POST", "/v1/auth/register"): {}, ("POST", "/v1/auth/login"): {},
              ("POST", "/v1/auth/refresh"): {"refresh_token": 5}, ("POST", "/v1/auth/logout"): {"refresh_token": 5},
              ("PATCH", "/v1/auth/me"): {"locale": 5}}

    def assert_matrix(self, server, own, others, extra):
        for headers, may_pass in cross_site_cases(own, others):
            for (method, path), body in self.BODIES.items():
                with self.subTest(headers, method=method, path=path):
                    answer = server.request(method, path, body, {**headers, **extra})
                    if may_pass:
                        self.assertIn(answer.status, (401, 422), answer)
                    else:
                        self.assert_problem(answer, 403, "csrf_refused")

    def test_only_the_same_origin_passes_without_public_url(self):
        port = self.shared.port
        others = ("https://evil.example", "null", "", f"https://127.0.0.1:{port}", "http://127.0.0.1",
                  f"http://127.0.0.1:{port + 1}", f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}.evil.example")
        self.assert_matrix(self.shared, (f"http://127.0.0.1:{port}",), others, {})

    def test_a_bearer_token_does_not_open_the_guard(self):
        answer = self.shared.patch(
            "/v1/auth/me", {"display_name": "Mallory"}, {**self.ann.by_bearer, "Origin": "https://evil.example"})
        self.assert_problem(answer, 403, "csrf_refused")

    def test_only_the_public_and_the_listed_origins_pass_with_public_url(self):
        own = ("https://auth.example.org", "https://app.example.org")
        server = self.started(settings=[f"public_url={own[0]}", f"allowed_origins={own[1]}"])
        others = ("https://evil.example", "null", f"http://127.0.0.1:{server.port}", "http://auth.example.org",
                  "https://auth.example.org:8443", "https://auth.example.org.evil.example", "https://x.example.org")
        self.assert_matrix(server, own, others, {"Host": "auth.example.org"})
        self.assertEqual(server.rows("SELECT count(*) FROM accounts"), [(0,)])

    def test_reading_needs_no_origin(self):
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            self.assertEqual(self.shared.me({**self.ann.by_cookie, **headers}).status, 200)


class LoopbackRule(LeavesNoRow):
    def test_without_public_url_only_this_machine_is_served(self):
        for headers in ({"Host": "auth.example.org"}, {"Host": "127.0.0.1.evil.example"},
                        {"Host": "localhost.evil.example"}, {"Host": "192.0.2.1"}, {"Host": "0.0.0.0"},
                        {"Host": "10.0.0.1:8080"}, {"Host": "[2001:db8::1]"},
                        {"Forwarded": "for=192.0.2.1"}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-Host": "a"},
                        {"X-Forwarded-Proto": "https"}, {"X-Real-IP": "127.0.0.1"}, {"Via": "1.1 proxy"}):
            for method, path, body in (("GET", "/v1/auth/me", None), ("GET", "/health", None),
                                       ("GET", "/metrics", None), ("GET", "/nowhere", None),
                                       ("DELETE", "/v1/auth/me", None),
                                       ("POST", "/v1/auth/register", {"email": fresh_email(), "password": PASSWORD})):
                with self.subTest(headers, method=method, path=path):
                    answer = self.shared.request(method, path, body, {**self.ann.by_bearer, **headers})
                    self.assert_problem(answer, 421, "misdirected_request")

    def test_the_refusal_names_the_setting_that_helps(self):
        self.assertIn("public_url", self.shared.get("/health", {"Host": "auth.example.org"}).body.decode())

    def test_every_name_of_this_machine_is_served(self):
        for host in ("127.0.0.1", f"127.0.0.1:{self.shared.port}", "localhost", "LocalHost:1", "127.1.2.3", "[::1]:80"):
            with self.subTest(host):
                self.assertEqual(self.shared.me({**self.ann.by_bearer, "Host": host}).status, 200)


class PublicUrl(e2e.EndToEndTest):
    def test_behind_https_the_host_is_not_looked_at_and_cookies_are_bound_to_it(self):
        server = self.started(settings=["public_url=https://auth.example.org"])
        outside = {"Host": "whatever.example", "X-Forwarded-For": "192.0.2.7", "Via": "1.1 proxy"}
        own = {"Origin": "https://auth.example.org"}

        answer = server.post(
            "/v1/auth/register", {"email": fresh_email(), "password": PASSWORD}, {**outside, **own})

        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(set(answer.cookies), {"__Host-sallyport", "__Host-sallyport-device"})
        for cookie in answer.cookies.values():
            attributes = [cookie[name] for name in ("secure", "httponly", "path", "domain", "samesite")]
            self.assertEqual(attributes, [True, True, "/", "", "Lax"])
        ann = SignedIn.of(answer, "__Host-sallyport")
        self.assertEqual(json.loads(unbase64url(ann.access_token.split(".")[1]))["iss"], "https://auth.example.org")
        host_cookie = "__Host-sallyport=" + ann.cookie
        for line, status in ((host_cookie, 200), ("sallyport=" + ann.cookie, 401),
                             (f"{host_cookie}; {host_cookie}", 401),
                             (f"__Host-sallyport=sps_{'A' * 43}; {host_cookie}", 401)):
            with self.subTest(line):
                self.assertEqual(server.me({"Cookie": line, **outside}).status, status)
        self.assertEqual(server.me({**ann.by_bearer, **outside}).status, 200)
        signed_out = server.post("/v1/auth/logout", None, {"Cookie": host_cookie, **own})
        self.assertEqual(signed_out.cookies["__Host-sallyport"]["secure"], True)
        self.assertEqual(server.me({"Cookie": host_cookie}).status, 401)


if __name__ == "__main__":
    e2e.main()
