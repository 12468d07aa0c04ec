"""/v1/auth/check as reverse proxies ask it, and docs/forward-auth.md under nginx and Caddy as it is written there."""
import base64
import hashlib
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import threading
import unittest
import urllib.parse

import sallyport_process as e2e
from sallyport_process import PASSWORD, SignedIn, fresh_email

CHECK = "/v1/auth/check"
HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
SIGN_IN = "https://app.example.org/sign-in"
SETTINGS = ("public_url=https://app.example.org", f"forward_auth.sign_in_url={SIGN_IN}",
            "forward_auth.origins=https://app.example.org,http://app.example.org:8081")
HOST_COOKIE = "__Host-sallyport"
IDENTITY = ("X-Auth-User", "X-Auth-Email", "X-Auth-Email-Verified", "X-Auth-Role", "X-Auth-Session")
DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/forward-auth.md"


def return_to(location):
    """What a redirection says to come back to."""
    split = urllib.parse.urlsplit(location)
    return urllib.parse.parse_qs(split.query).get("return_to", [None])[0]


class Question(e2e.SharedServerTest):
    settings = SETTINGS

    def register(self):
        answer = self.shared.post("/v1/auth/register", {"email": fresh_email(), "password": PASSWORD})
        self.assertEqual(answer.status, 201, answer)
        return SignedIn.of(answer, HOST_COOKIE)

    def by_cookie(self, person):
        return {"Cookie": f"{HOST_COOKIE}={person.cookie}"}

    def redirected(self, headers, path=CHECK + "?redirect"):
        answer = self.shared.get(path, {**HTML, **headers})
        self.assertEqual((answer.status, answer.body), (302, b""), answer)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertTrue(answer.headers["Location"].startswith(SIGN_IN), answer.headers["Location"])
        return answer.headers["Location"]

    def test_says_who_asks_by_token_and_by_cookie(self):
        ann = self.register()
        for headers in (ann.by_bearer, self.by_cookie(ann)):
            answer = self.shared.get(CHECK, headers)

            self.assertEqual((answer.status, answer.body), (204, b""), answer)
            self.assertEqual([answer.headers[name] for name in IDENTITY],
                             [ann.user["id"], ann.email, "false", "user", ann.session_id])

    def test_any_method_is_the_same_question(self):
        ann = self.register()
        elsewhere = {**self.by_cookie(ann), "Origin": "https://other.example", "Sec-Fetch-Site": "cross-site"}
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"):
            with self.subTest(method):
                answer = self.shared.request(method, CHECK, None, elsewhere)
                self.assertEqual((answer.status, answer.headers["X-Auth-User"]), (204, ann.user["id"]), answer)
                self.assertEqual(self.shared.request(method, CHECK).status, 401)
        with_body = self.shared.request("POST", CHECK, b"x" * 100_000, elsewhere)
        self.assertEqual(with_body.status, 204)

    def test_a_stranger_is_told_how_to_sign_in(self):
        for headers in ({}, e2e.bearer("nonsense"), {"Cookie": f"{HOST_COOKIE}=sps_nonsense"},
                        {"X-Auth-User": "me"}):
            answer = self.shared.get(CHECK, headers)
            self.assert_problem(answer, 401, answer.code)
            self.assertFalse(any(name in answer.headers for name in IDENTITY))

    def test_signed_out_is_refused_at_once(self):
        ann = self.register()
        self.assertEqual(self.shared.get(CHECK, ann.by_bearer).status, 204)

        self.shared.request("DELETE", f"/v1/auth/sessions/{ann.session_id}", None, ann.by_bearer)

        self.assert_problem(self.shared.get(CHECK, ann.by_bearer), 401, "session_expired")

    def test_a_role_that_is_not_held_is_forbidden(self):
        ann = self.register()
        for role, status in (("guest", 204), ("user", 204), ("admin", 403)):
            with self.subTest(role):
                answer = self.shared.get(f"{CHECK}?role={role}", ann.by_bearer)
                self.assertEqual(answer.status, status, answer)
        self.assert_problem(self.shared.get(f"{CHECK}?role=admin", ann.by_bearer), 403, "forbidden")
        self.assert_problem(self.shared.get(f"{CHECK}?role=admin"), 401, "not_authenticated")

    def test_a_misspelt_requirement_lets_nobody_in(self):
        ann = self.register()
        for query, field in (("role=administrator", "role"), ("role=", "role"), ("roles=admin", "query"),
                             ("role=guest&role=admin", "query"), ("Role=admin", "query"), ("redirect&redirect", "query")):
            with self.subTest(query):
                self.assert_problem(self.shared.get(f"{CHECK}?{query}", ann.by_bearer), 422, "invalid_fields",
                                    (field, "unknown_value"))

    def test_a_browser_is_sent_to_sign_in_and_told_where_to_come_back_to(self):
        page = "https://app.example.org/a%20b/?q=1&r=%26"
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "App.Example.org:443",
                     "X-Forwarded-Uri": "/a%20b/?q=1&r=%26"}
        for headers in ({"X-Original-URL": page}, forwarded, {**forwarded, "Cookie": f"{HOST_COOKIE}=sps_x"}):
            self.assertEqual(return_to(self.redirected(headers)), page)
        self.assertEqual(return_to(self.redirected({"X-Original-URL": "http://app.example.org:8081/"},
                                                   CHECK + "?redirect&role=admin")), "http://app.example.org:8081/")

    def test_nobody_is_sent_back_to_anywhere_else(self):
        for address in ("https://evil.example/", "http://app.example.org/", "https://app.example.org.evil.example/",
                        "https://app.example.org@evil.example/", "https://evil.example#app.example.org/",
                        "https://app.example.org:444/", "//app.example.org/", "javascript:alert(1)", "/",
                        "https://app.example.org\\@evil.example/", "https:app.example.org", "https://",
                        "https://app.example.org/" + "x" * 2048, "https://app.example.org/café"):
            with self.subTest(address):
                location = self.redirected({"X-Original-URL": address.encode().decode("latin-1")})
                self.assertEqual(location, SIGN_IN)
        for proto, host, uri in (("https", "evil.example", "/"), ("https", "app.example.org", ".evil.example/"),
                                 ("https://evil.example/?", "app.example.org", "/"),
                                 ("https", "app.example.org@evil.example", "/"), ("", "", "")):
            with self.subTest(proto=proto, host=host, uri=uri):
                location = self.redirected({"X-Forwarded-Proto": proto, "X-Forwarded-Host": host,
                                            "X-Forwarded-Uri": uri})
                self.assertEqual(location, SIGN_IN)

    def test_a_program_is_never_redirected(self):
        for path, headers in ((CHECK + "?redirect", {"Accept": "application/json"}), (CHECK + "?redirect", {}),
                              (CHECK, HTML)):
            self.assert_problem(self.shared.get(path, headers), 401, "not_authenticated")
        ann = self.register()
        self.assertEqual(self.shared.get(CHECK + "?redirect", {**HTML, **ann.by_bearer}).status, 204)
        self.assert_problem(self.shared.get(CHECK + "?redirect&role=admin", {**HTML, **ann.by_bearer}), 403,
                            "forbidden")


class Unconfigured(e2e.SharedServerTest):
    def test_without_a_sign_in_page_a_browser_hears_401(self):
        self.assert_problem(self.shared.get(CHECK + "?redirect", HTML), 401, "not_authenticated")

    def test_without_a_public_url_a_proxy_is_told_that_it_is_missing(self):
        answer = self.shared.get(CHECK, {"X-Forwarded-Host": "app.example.org"})
        self.assert_problem(answer, 421, "misdirected_request")
        self.assertIn("public_url", answer.json["title"])


class Application(http.server.BaseHTTPRequestHandler):
    """What stands behind the proxy: tells what it heard, and echoes one WebSocket message (RFC 6455)."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers.get("Upgrade") == "websocket":
            return self.echo_web_socket()
        body = json.dumps({"path": self.path, "headers": self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def echo_web_socket(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        head = self.rfile.read(6)  # a short text message, masked
        text = bytes(byte ^ head[2 + i % 4] for i, byte in enumerate(self.rfile.read(head[1] & 127)))
        said = text + b" from " + self.headers["X-Auth-User"].encode()
        self.wfile.write(bytes([0x81, len(said)]) + said)
        self.close_connection = True

    def log_message(self, *_):
        pass


class BehindProxy:
    """The same for every proxy: `launch` starts one with its block of the document, as is but for ports and files."""

    proxy_program = None
    language = None

    @classmethod
    def setUpClass(cls):
        if shutil.which(cls.proxy_program) is None:
            if os.environ.get("SALLYPORT_TEST_OPTIONAL") == "1":
                raise unittest.SkipTest(f"there is no {cls.proxy_program}")
            raise AssertionError(f"there is no {cls.proxy_program}; tools/packages-test.txt has it")
        super().setUpClass()
        cls.application = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
        cls.application.daemon_threads = True
        threading.Thread(target=cls.application.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.application.server_close)
        cls.addClassCleanup(cls.application.shutdown)
        cls.make_certificate()
        cls.port = e2e.free_port()
        with open(cls.room / "proxy.log", "wb") as log:
            cls.proxy = subprocess.Popen(cls.launch(cls.configuration()), stdin=subprocess.DEVNULL, stdout=log,
                                         stderr=log, env={**e2e.clean_environment(), "HOME": str(cls.room),
                                                          "XDG_DATA_HOME": str(cls.room),
                                                          "XDG_CONFIG_HOME": str(cls.room)})
        cls.addClassCleanup(cls.proxy.wait, 15)
        cls.addClassCleanup(cls.proxy.terminate)
        if not e2e.eventually(cls.is_listening, within=20):
            raise AssertionError((cls.room / "proxy.log").read_text())

    @classmethod
    def make_certificate(cls):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", cls.room / "app.key", "-out", cls.room / "app.pem", "-days", "2", "-subj",
                        "/CN=app.example.org", "-addext", "subjectAltName=DNS:app.example.org"],
                       check=True, capture_output=True, timeout=60)

    @classmethod
    def configuration(cls):
        """The block of the document, with this test's ports and files in place of the document's."""
        text = re.search(rf"^```{cls.language}\n(.*?)^```$", DOCUMENT.read_text(), re.S | re.M).group(1)
        for ours, theirs in ((f"127.0.0.1:{cls.shared.port}", "127.0.0.1:8080"),
                             (f"127.0.0.1:{cls.application.server_port}", "127.0.0.1:3000"),
                             (str(cls.room / "app.pem"), "/etc/ssl/app.example.org.pem"),
                             (str(cls.room / "app.key"), "/etc/ssl/app.example.org.key")):
            assert theirs in text, f"{DOCUMENT} no longer says {theirs}"
            text = text.replace(theirs, ours)
        return text

    @classmethod
    def is_listening(cls):
        try:
            cls.connect().close()
            return True
        except OSError:
            return False

    @classmethod
    def connect(cls):
        context = ssl.create_default_context(cafile=str(cls.room / "app.pem"))
        context.set_alpn_protocols(["http/1.1"])
        raw = socket.create_connection(("127.0.0.1", cls.port), timeout=20)
        try:
            return context.wrap_socket(raw, server_hostname="app.example.org")
        except BaseException:
            raw.close()
            raise

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("app.example.org")
        connection.sock = self.connect()
        headers = dict(headers or {})
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, body, headers)
            return e2e.Answer(connection.getresponse())
        finally:
            connection.close()

    def signed_in(self):
        """A browser that registered through the proxy, and the header it sends from then on."""
        answer = self.ask("POST", "/v1/auth/register", {"email": fresh_email(), "password": PASSWORD},
                          {"Origin": "https://app.example.org"})
        self.assertEqual(answer.status, 201, answer)
        self.assertTrue(answer.cookies[HOST_COOKIE]["secure"])
        person = SignedIn.of(answer, HOST_COOKIE)
        return person, {"Cookie": f"{HOST_COOKIE}={person.cookie}"}

    def heard(self, answer):
        """The headers the application was sent, by name in lower case, underscores as hyphens as CGI takes them."""
        self.assertEqual(answer.status, 200, answer)
        heard = {}
        for name, value in answer.json["headers"]:
            heard.setdefault(name.lower().replace("_", "-"), []).append(value)
        return heard

    # the tests

    def test_who_is_signed_in_reaches_the_application_and_is_named(self):
        ann, cookie = self.signed_in()
        for headers in (cookie, ann.by_bearer):
            for method in ("GET", "POST"):
                with self.subTest(headers=headers, method=method):
                    answer = self.ask(method, "/a/page?q=1", b"x" if method == "POST" else None, headers)
                    heard = self.heard(answer)
                    self.assertEqual(answer.json["path"], "/a/page?q=1")
                    self.assertEqual([heard[name.lower()] for name in IDENTITY],
                                     [[ann.user["id"]], [ann.email], ["false"], ["user"], [ann.session_id]])

    def test_what_a_client_claims_is_never_heard(self):
        ann, cookie = self.signed_in()
        forged = {spelling: "admin" for name in IDENTITY
                  for spelling in (name, name.replace("-", "_"), name.replace("X-", "X_"), name.replace("h-", "h_"))}

        heard = self.heard(self.ask("GET", "/", None, {**forged, **cookie}))
        self.assertEqual([heard[name.lower()] for name in IDENTITY],
                         [[ann.user["id"]], [ann.email], ["false"], ["user"], [ann.session_id]])
        unasked = self.heard(self.ask("GET", "/sign-in", None, forged))
        self.assertFalse([name for name in unasked if name.startswith("x-auth-") and any(unasked[name])], unasked)
        self.assertEqual(self.ask("GET", "/", None, forged).status, 401)

    def test_who_is_not_is_refused_or_sent_to_sign_in(self):
        program = self.ask("GET", "/a/page")
        self.assertEqual(program.status, 401, program)
        browser = self.ask("GET", "/a/page?q=1&r=%20", None, HTML)
        self.assertEqual(browser.status, 302, browser)
        self.assertEqual(browser.headers["Location"].split("?")[0], SIGN_IN)
        self.assertEqual(return_to(browser.headers["Location"]), "https://app.example.org/a/page?q=1&r=%20")
        forged = self.ask("GET", "/a", None, {**HTML, "X-Forwarded-Host": "evil.example",
                                              "X-Forwarded-Proto": "https"})
        self.assertEqual(return_to(forged.headers["Location"]), "https://app.example.org/a")
        self.assertEqual(self.ask("GET", "/sign-in?return_to=x", None, HTML).status, 200)

    def test_signed_out_is_refused_at_once(self):
        _, cookie = self.signed_in()
        self.heard(self.ask("GET", "/", None, cookie))

        out = self.ask("POST", "/v1/auth/logout", None, {**cookie, "Origin": "https://app.example.org"})

        self.assertEqual(out.status, 204, out)
        self.assertEqual(self.ask("GET", "/", None, cookie).status, 401)

    def test_administrators_only(self):
        _, cookie = self.signed_in()
        self.assertEqual(self.ask("GET", "/admin/users", None, cookie).status, 403)
        self.assertEqual(self.ask("GET", "/admin/users").status, 401)
        self.assertEqual(self.ask("GET", "/admin/users", None, HTML).status, 302)

        email = fresh_email("boss")
        made = subprocess.run([e2e.Server.binary, "admin", "create", email, "--password-stdin", "--data",
                               str(self.shared.data)], input=PASSWORD + "\n", text=True, capture_output=True,
                              timeout=60, env=e2e.clean_environment())
        self.assertEqual(made.returncode, 0, made.stderr)
        boss = SignedIn.of(self.shared.login(email), HOST_COOKIE)
        heard = self.heard(self.ask("GET", "/admin/users", None, boss.by_bearer))
        self.assertEqual((heard["x-auth-role"], heard["x-auth-email"]), (["admin"], [email]))

    def test_a_web_socket_passes_for_who_is_signed_in_and_for_nobody_else(self):
        ann, cookie = self.signed_in()
        status, said = self.web_socket(cookie)
        self.assertEqual((status, said), (101, b"hello from " + ann.user["id"].encode()))
        self.assertEqual(self.web_socket({})[0], 401)

    def web_socket(self, headers):
        """The status of the upgrade, and the answer to "hello" if there was one."""
        lines = ["GET /live HTTP/1.1", "Host: app.example.org", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                 *(f"{name}: {value}" for name, value in headers.items())]
        with self.connect() as connection, connection.makefile("rb") as answer:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            status = int(answer.readline().split()[1])
            while answer.readline().strip():
                pass
            if status != 101:
                return status, b""
            connection.sendall(b"\x81\x85\0\0\0\0hello")  # masked with zeros
            head = answer.read(2)
            return status, answer.read(head[1])

    def test_the_session_check_survives_a_proxy_that_keeps_its_connections(self):
        _, cookie = self.signed_in()
        self.assertEqual({self.ask("GET", f"/{number}", None, cookie).status for number in range(20)}, {200})


class BehindNginx(BehindProxy, e2e.SharedServerTest):
    settings = SETTINGS
    proxy_program, language = "nginx", "nginx"

    @classmethod
    def launch(cls, configuration):
        assert "listen 443 ssl;" in configuration
        site = cls.room / "site.conf"
        site.write_text(configuration.replace("listen 443 ssl;", f"listen 127.0.0.1:{cls.port} ssl;"))
        temporary = "".join(f"  {name}_temp_path {cls.room}/{name};\n"
                            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        main = cls.room / "nginx.conf"
        main.write_text(f"daemon off;\nmaster_process off;\npid {cls.room}/nginx.pid;\nerror_log stderr;\n"
                        f"events {{}}\nhttp {{\n  access_log off;\n{temporary}  include {site};\n}}\n")
        return ["nginx", "-p", str(cls.room), "-e", "stderr", "-c", str(main)]


class BehindCaddy(BehindProxy, e2e.SharedServerTest):
    settings = SETTINGS
    proxy_program, language = "caddy", "caddyfile"

    @classmethod
    def launch(cls, configuration):
        assert configuration.count("\napp.example.org {") == 1
        file = cls.room / "Caddyfile"
        file.write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n"
                        + configuration.replace("app.example.org {", f"https://app.example.org:{cls.port} {{", 1))
        return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


if __name__ == "__main__":
    e2e.main()
