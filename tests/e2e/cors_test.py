"""What browsers are told: CORS for listed origins, the headers of every answer, and the origin of what changes things."""
import subprocess

import sallyport_process as e2e
from sallyport_process import PASSWORD, SignedIn, fresh_email

OWN, APP, OTHER = "https://auth.example.org", "https://app.example.org", "https://evil.example"
COOKIES = ("__Host-sallyport", "__Host-sallyport-device")
SETTINGS = (f"public_url={OWN}", f"allowed_origins={APP}")
SAFE = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=15552000"}


def fresh_account():
    return {"email": fresh_email(), "password": PASSWORD}


class Cors(e2e.SharedServerTest):
    settings = SETTINGS

    def assert_readable_by(self, answer, origin):
        self.assertEqual(answer.headers.get_all("Access-Control-Allow-Origin"), [origin], answer)
        self.assertEqual(answer.headers.get_all("Access-Control-Allow-Credentials"), ["true"])
        self.assertIn("Origin", answer.headers.get_all("Vary"))
        for name in ("X-Request-Id", "Retry-After"):
            self.assertIn(name, answer.headers["Access-Control-Expose-Headers"])

    def assert_unreadable(self, answer):
        said = [name for name in answer.headers if name.lower().startswith("access-control-")]
        self.assertEqual(said, [], answer)
        self.assertIn("Origin", answer.headers.get_all("Vary"))

    def test_a_listed_origin_reads_answers_and_refusals(self):
        app = {"Origin": APP}
        made = self.shared.post("/v1/auth/register", fresh_account(), app)
        self.assertEqual(made.status, 201, made)
        self.assert_readable_by(made, APP)
        for method, path, body, status in (
                ("GET", "/v1/auth/me", None, 401), ("GET", "/nowhere", None, 404), ("PUT", "/v1/auth/login", None, 405),
                ("POST", "/v1/auth/login", b"not json", 400), ("POST", "/v1/auth/login", {}, 422),
                ("POST", "/v1/auth/login", {"email": made.json["user"]["email"], "password": "wrong-Guess-1"}, 401),
                ("POST", "/v1/auth/register", {"email": "x" * 70_000}, 413), ("GET", "/health", None, 200)):
            with self.subTest(path=path, status=status):
                answer = self.shared.request(method, path, body, app)
                self.assertEqual(answer.status, status, answer)
                self.assert_readable_by(answer, APP)

    def test_no_other_origin_reads_anything(self):
        for origin in (OTHER, "null", "*", OWN, APP + ":8443", APP + "/", "http://app.example.org",
                       "https://x.app.example.org", "https://APP.example.org", f"{APP}, {OTHER}", f"{APP}.evil.example"):
            with self.subTest(origin):
                self.assert_unreadable(self.shared.get("/v1/auth/me", {"Origin": origin}))
                self.assert_unreadable(self.preflight("/v1/auth/login", origin))
        self.assert_unreadable(self.shared.get("/v1/auth/me"))

    def preflight(self, path, origin, method="POST"):
        return self.shared.request("OPTIONS", path, None, {
            "Origin": origin, "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type"})

    def test_a_preflight_says_what_may_be_sent(self):
        answer = self.preflight("/v1/auth/me", APP, "PATCH")

        self.assertEqual((answer.status, answer.body), (204, b""), answer)
        self.assert_readable_by(answer, APP)
        methods = answer.headers["Access-Control-Allow-Methods"].split(", ")
        self.assertLessEqual({"GET", "PATCH"}, set(methods))
        self.assertEqual(answer.headers["Allow"].split(", "), methods)
        headers = {name.lower() for name in answer.headers["Access-Control-Allow-Headers"].split(", ")}
        self.assertLessEqual({"authorization", "content-type", "idempotency-key", "x-request-id"}, headers)
        self.assertEqual(answer.headers["Access-Control-Max-Age"], "600")
        self.assertEqual(self.preflight("/nowhere", APP).status, 404)

    def test_the_question_of_a_proxy_is_no_preflight(self):
        answer = self.preflight("/v1/auth/check", APP)
        self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Methods"]), (401, None))

    def test_curl_as_a_browser_would(self):
        said = subprocess.run(
            ["curl", "-sS", "-i", "-X", "OPTIONS", "-H", f"Origin: {APP}", "-H", "Access-Control-Request-Method: POST",
             f"http://127.0.0.1:{self.shared.port}/v1/auth/login"], capture_output=True, text=True, check=True, timeout=20)
        self.assertIn(f"Access-Control-Allow-Origin: {APP}", said.stdout)
        self.assertNotIn("Access-Control-Allow-Origin: *", said.stdout)


# What others may keep, and for how long.
KEPT = {"/.well-known/jwks.json": "public, max-age=300", "/openapi.json": "no-cache", "/docs": "no-cache"}


class EveryRoute(e2e.SharedServerTest):
    """All routes, as the server itself lists them."""

    settings = SETTINGS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        listed = subprocess.run([e2e.Server.binary, "routes", "--json", "--data", str(cls.shared.data)],
                                capture_output=True, text=True, timeout=30, env=e2e.clean_environment(), check=True)
        cls.routes = e2e.json.loads(listed.stdout)["routes"]

    def setUp(self):  # somebody else for each test: some routes sign out
        self.ann = SignedIn.of(self.shared.post("/v1/auth/register", fresh_account()), COOKIES[0])
        self.cookie = {"Cookie": f"{COOKIES[0]}={self.ann.cookie}"}

    def ask(self, route, headers, body=None):
        path = route["path"].replace("{id}", "00000000-0000-7000-8000-000000000000").replace("{", "").replace("}", "")
        method = "BREW" if route["method"] == "other" else route["method"]
        return self.shared.request(method, path, body, headers)

    def unsafe(self):
        return [route for route in self.routes if route["method"] not in ("GET", "HEAD", "OPTIONS")]

    def test_there_are_routes_of_every_kind(self):
        self.assertGreater(len(self.routes), 15)
        self.assertEqual({route["cookies"] for route in self.routes}, {"none", "used", "read_unguarded"})
        self.assertEqual({route["path"] for route in self.routes if route["cookies"] == "read_unguarded"},
                         {"/v1/auth/check"})

    def test_every_answer_has_the_headers_that_keep_browsers_safe(self):
        for route in self.routes:
            for headers in ({}, self.ann.by_bearer):
                with self.subTest(route["method"] + " " + route["path"]):
                    answer = self.ask(route, headers)
                    for name, value in SAFE.items():
                        self.assertEqual(answer.headers.get_all(name), [value], name)
                    self.assertEqual(len(answer.headers.get_all("Referrer-Policy")), 1)
                    policy = answer.headers.get_all("Content-Security-Policy")
                    self.assertEqual(len(policy), 1)
                    self.assertIn("default-src 'none'", policy[0])
                    self.assertIn("frame-ancestors 'none'", policy[0])
                    if (answer.headers["Content-Type"] or "").startswith("text/html"):
                        self.assertEqual(answer.headers["Cross-Origin-Opener-Policy"], "same-origin")
                    kept = KEPT.get(route["path"], "no-store") if answer.status == 200 else "no-store"
                    self.assertEqual(answer.headers.get_all("Cache-Control"), [kept])

    def test_unsafe_requests_from_elsewhere_are_refused_wherever_cookies_are_used(self):
        used = [route for route in self.unsafe() if route["cookies"] == "used"]
        self.assertGreater(len(used), 5)
        for route in used:
            for headers in ({"Origin": OTHER}, {"Origin": "null"}, {"Origin": "https://x.example.org"},
                            {"Origin": OWN + ":444"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                            {}):
                with self.subTest(route["method"] + " " + route["path"], headers=headers):
                    answer = self.ask(route, {**self.cookie, **headers})
                    self.assert_problem(answer, 403, "csrf_refused")
                    self.assertIsNone(answer.headers["Set-Cookie"])
            self.assert_problem(self.ask(route, {"Origin": OTHER}), 403, "csrf_refused")  # it might set one
        self.assertEqual(self.shared.me(self.cookie).status, 200)

    def test_the_own_and_a_listed_origin_pass(self):
        for headers in ({"Origin": OWN}, {"Origin": APP}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
            answer = self.shared.post("/v1/auth/refresh", None, {**self.cookie, **headers})
            self.assertEqual(answer.status, 200, answer)

    def test_unsafe_routes_that_declare_no_cookies_neither_see_nor_set_any(self):
        for route in self.unsafe():
            if route["cookies"] != "none":
                continue
            with self.subTest(route["method"] + " " + route["path"]):
                with_cookie, without = self.ask(route, self.cookie, {}), self.ask(route, {}, {})
                self.assertEqual((with_cookie.status, with_cookie.code), (without.status, without.code))
                for answer in (with_cookie, without):
                    self.assertIsNone(answer.headers["Set-Cookie"])
                    self.assertNotEqual(answer.status, 500)


class StrictTransport(e2e.EndToEndTest):
    def header(self, *settings):
        return self.started(settings=settings).get("/health").headers["Strict-Transport-Security"]

    def test_it_is_for_https_and_as_configured(self):
        self.assertIsNone(self.header())
        self.assertIsNone(self.header("public_url=http://localhost:8080"))
        self.assertIsNone(self.header(SETTINGS[0], "hsts.max_age=0s"))
        self.assertEqual(self.header(SETTINGS[0], "hsts.max_age=365d", "hsts.include_subdomains=true",
                                     "hsts.preload=true"), "max-age=31536000; includeSubDomains; preload")


class Unconfigured(e2e.SharedServerTest):
    def test_without_listed_origins_there_is_no_cors(self):
        for method in ("GET", "OPTIONS"):
            answer = self.shared.request(method, "/v1/auth/me", None, {"Origin": APP, "Access-Control-Request-Method": "GET"})
            self.assertEqual([name for name in answer.headers if name.lower().startswith("access-control-")], [])


if __name__ == "__main__":
    e2e.main()
