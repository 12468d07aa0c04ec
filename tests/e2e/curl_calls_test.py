"""The curl program: REST and Connect, by POST and by GET, over HTTP/1.1 and HTTP/2, in the clear and under TLS."""
import base64
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import urllib.parse

import certificates
import collected_logs
import sallyport_process as e2e
from sallyport_process import PASSWORD, fresh_email

SERVICE = "/auth.v1.AuthService"
VERSIONS = {"1.1": ["--http1.1"], "2": ["--http2-prior-knowledge"]}


class CurlCalls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.room = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.room, ignore_errors=True)
        cls.authority = certificates.Authority(cls.room / "certificates")
        chain, key = cls.authority.issue("server", ["localhost", "127.0.0.1"])
        cls.servers = []
        for name, settings, tls in (
                ("clear", (), None),
                ("tls", ("public_url=https://localhost", f"tls.certificates={chain}", f"tls.keys={key}"),
                 cls.authority.context())):
            folder = cls.room / name
            folder.mkdir()
            server = e2e.Server(folder, settings=settings, tls=tls)
            cls.addClassCleanup(server.close)
            server.start()
            cls.servers.append(server)

    def each_way(self):
        """A function that asks, for every version of HTTP in the clear and under TLS."""
        for server in self.servers:
            for version, flags in VERSIONS.items():
                flags = ["--http2"] if server.tls and version == "2" else flags  # which ALPN then agrees on
                with self.subTest(version=version, tls=server.tls is not None):
                    yield lambda *words, **more: self.ask(server, version, flags, *words, **more)

    def ask(self, server, version, flags, path, body=None, headers=None):
        """Status, answer, and headers in lower case; by POST where there is a body."""
        origin = f"https://localhost:{server.port}" if server.tls else f"http://127.0.0.1:{server.port}"
        headers = {**(headers or {}), **({"Content-Type": "application/json"} if body is not None else {})}
        sent = json.dumps(body)
        collected_logs.note_request(sent.encode() if body is not None else None, headers)
        words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
        words += ["--data", sent] if body is not None else []
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "--max-time", "20", "--cacert", str(self.authority.file), *flags, *words,
             "--dump-header", str(self.room / "head"), "--write-out", "\n%{http_version} %{http_code}", origin + path],
            check=True, timeout=30, capture_output=True, stdin=subprocess.DEVNULL, env=e2e.clean_environment())
        content, _, spoken = done.stdout.decode().rpartition("\n")
        self.assertEqual(spoken.split()[0], version)
        lines = (self.room / "head").read_text().splitlines()
        fields = dict(line.split(": ", 1) for line in lines if ": " in line)
        return int(spoken.split()[1]), json.loads(content or "null"), {name.lower(): fields[name] for name in fields}

    def test_rest(self):
        for ask in self.each_way():
            account = {"email": fresh_email(), "password": PASSWORD}
            status, registered, _ = ask("/v1/auth/register", account)
            self.assertEqual(status, 201, registered)
            status, me, _ = ask("/v1/auth/me", headers=e2e.bearer(registered["access_token"]))
            self.assertEqual((status, me["email"]), (200, account["email"]))
            status, problem, headers = ask("/v1/auth/login", {**account, "password": "not-that-one-99"})
            self.assertEqual((status, problem["code"], headers["content-type"]),
                             (401, "invalid_credentials", "application/problem+json"))

    def test_connect_by_post(self):
        for ask in self.each_way():
            email = fresh_email()
            status, made, headers = ask(f"{SERVICE}/SignUp",
                                        {"identifier": email, "password": PASSWORD, "displayName": "Ann"})
            self.assertEqual((status, made["status"], made["user"]["email"]), (200, "AUTH_STATUS_SUCCESS", email))
            self.assertTrue(headers["sallyport-device"].startswith("spd_"))
            status, known, _ = ask(f"{SERVICE}/ValidateCredentials", {}, e2e.bearer(made["tokens"]["accessToken"]))
            self.assertEqual((status, known["valid"], known["user"]["email"]), (200, True, email))
            status, error, _ = ask(f"{SERVICE}/SignUp", {"identifier": email, "password": "short"})
            self.assertEqual((status, error["code"]), (400, "invalid_argument"))
            wrong = next(detail["debug"]["fieldViolations"] for detail in error["details"]
                         if detail["type"] == "google.rpc.BadRequest")
            self.assertEqual({violation["field"] for violation in wrong}, {"display_name", "password"})

    def test_connect_by_get(self):
        for ask in self.each_way():
            _, made, _ = ask(f"{SERVICE}/SignUp",
                             {"identifier": fresh_email(), "password": PASSWORD, "displayName": "Ann"})
            token = e2e.bearer(made["tokens"]["accessToken"])
            for question in ({"encoding": "json", "message": "{}"},
                             {"encoding": "json", "base64": "1", "message": base64.urlsafe_b64encode(b"{}").decode()}):
                path = f"{SERVICE}/ValidateCredentials?connect=v1&{urllib.parse.urlencode(question)}"
                status, known, _ = ask(path, headers=token)
                self.assertEqual((status, known["valid"]), (200, True), known)
                status, error, _ = ask(path)
                self.assertEqual((status, error["code"]), (401, "unauthenticated"))
            status, _, _ = ask(f"{SERVICE}/SignOut?connect=v1&encoding=json&message=%7B%7D", headers=token)
            self.assertEqual(status, 405, "what has side effects is not done by GET")


if __name__ == "__main__":
    e2e.main()
