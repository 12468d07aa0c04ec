"""Whose request it is when a reverse proxy passes it on: by header, by the PROXY protocol, and from nobody untrusted."""
import http.client
import ipaddress
import json
import pathlib
import shutil
import socket
import struct
import subprocess

import sallyport_process as e2e
from sallyport_process import PASSWORD, Answer, fresh_email

PUBLIC = "public_url=https://auth.example.org"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def version_2(client, command=0x21):
    source = ipaddress.ip_address(client)
    family, local = (0x11, "127.0.0.1") if source.version == 4 else (0x21, "::1")
    payload = source.packed + ipaddress.ip_address(local).packed + struct.pack("!HH", 4711, 80)
    return SIGNATURE + struct.pack("!BBH", command, family, len(payload)) + payload


def version_1(client):
    version = ipaddress.ip_address(client).version
    return f"PROXY TCP{version} {client} {'127.0.0.1' if version == 4 else '::1'} 4711 80\r\n".encode()


class Proxied(e2e.SharedServerTest):
    """Helpers for asking a server whom it takes a request to be from: sessions remember."""

    def seen(self, headers, ask=None):
        """The address that a registration was seen from."""
        ask = ask or self.shared.post
        answer = ask("/v1/auth/register", {"email": fresh_email(), "password": PASSWORD}, headers)
        self.assertEqual(answer.status, 201, answer)
        return self.shared.rows("SELECT ip FROM sessions WHERE id = ?", e2e.uuid_bytes(answer.json["session"]["id"]))[0][0]

    def posting_over(self, begin):
        """`Server.post` on a connection of its own that begins with these bytes."""
        def post(path, body, headers):
            raw = json.dumps(body).encode()
            lines = [f"POST {path} HTTP/1.1", "Host: auth.example.org", "Content-Type: application/json",
                     f"Content-Length: {len(raw)}", "Connection: close",
                     *(f"{name}: {value}" for name, value in headers.items())]
            return self.exchange(begin + "\r\n".join([*lines, "", ""]).encode() + raw)
        return post

    def exchange(self, request):
        with socket.create_connection(("127.0.0.1", self.shared.port), timeout=e2e.ANSWER_WITHIN) as connection:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection)
            response.begin()
            return Answer(response)

    def logged_networks(self):
        return {json.loads(line).get("client_network") for line in self.shared.errors().splitlines()}


class ByXForwardedFor(Proxied):
    settings = (PUBLIC, "proxy.header=xff", "proxy.trusted=127.0.0.1,10.0.0.0/8")

    def test_the_right_most_untrusted_hop_is_the_client(self):
        for line, client in (("192.0.2.7", "192.0.2.7"), ("203.0.113.1, 192.0.2.7", "192.0.2.7"),
                             ("203.0.113.1, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
                             ("203.0.113.1,[2001:db8::7]:443,10.0.0.2:80", "2001:db8::7"),
                             ("unknown", "127.0.0.1"), ("203.0.113.1, garbage, 10.0.0.9", "10.0.0.9"), ("", "127.0.0.1")):
            with self.subTest(line):
                self.assertEqual(self.seen({"X-Forwarded-For": line}), client)
        self.assertEqual(self.seen({}), "127.0.0.1")

    def test_repeated_lines_are_one_list(self):
        lines = b"X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-For: 192.0.2.8\r\nX-Forwarded-For: 10.0.0.2\r\n"
        body = json.dumps({"email": fresh_email(), "password": PASSWORD}).encode()
        answer = self.exchange(b"POST /v1/auth/register HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\nConnection: close\r\n%s\r\n%s" % (len(body), lines, body))
        self.assertEqual(answer.status, 201, answer)
        session = e2e.uuid_bytes(answer.json["session"]["id"])
        self.assertEqual(self.shared.rows("SELECT ip FROM sessions WHERE id = ?", session), [("192.0.2.8",)])

    def test_every_other_way_to_say_it_is_ignored(self):
        for name, value in (("Forwarded", "for=192.0.2.9"), ("X-Real-IP", "192.0.2.9"), ("Via", "1.1 192.0.2.9"),
                            ("CF-Connecting-IP", "192.0.2.9"), ("X-Forwarded-For-Original", "192.0.2.9")):
            self.assertEqual(self.seen({name: value}), "127.0.0.1", name)
        self.assertEqual(self.exchange(version_1("192.0.2.9") + b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").status, 400)

    def test_the_log_has_the_clients_network(self):
        self.seen({"X-Forwarded-For": "198.51.100.77"})
        self.assertTrue(e2e.eventually(lambda: "198.51.100.0/24" in self.logged_networks(), 5))


class ByForwarded(Proxied):
    settings = (PUBLIC, "proxy.header=forwarded", "proxy.trusted=127.0.0.1,10.0.0.0/8")

    def test_elements_are_read_as_the_rfc_writes_them(self):
        for line, client in (("for=192.0.2.7", "192.0.2.7"),
                             ('For="[2001:db8:cafe::17]:4711";proto=https', "2001:db8:cafe::17"),
                             ('for=203.0.113.1, for="192.0.2.7:80";by=_x, for=10.0.0.2', "192.0.2.7"),
                             ('for="203.0.113.1, for=192.0.2.7', "192.0.2.7"),
                             ("for=_hidden", "127.0.0.1"), ("for=unknown", "127.0.0.1"), ("proto=https", "127.0.0.1")):
            with self.subTest(line):
                self.assertEqual(self.seen({"Forwarded": line}), client)
        self.assertEqual(self.seen({"X-Forwarded-For": "192.0.2.9"}), "127.0.0.1")


class OfUntrustedPeers(Proxied):
    settings = (PUBLIC, "proxy.header=xff", "proxy.trusted=10.0.0.0/8")

    def test_nobody_is_believed(self):
        self.assertEqual(self.seen({"X-Forwarded-For": "192.0.2.7"}), "127.0.0.1")


class ByDefault(Proxied):
    settings = (PUBLIC,)

    def test_nobody_is_believed(self):
        self.assertEqual(self.seen({"X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.7"}), "127.0.0.1")
        for begin in (version_1("192.0.2.7"), version_2("192.0.2.7")):
            self.assertEqual(self.exchange(begin + b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").status, 400)


class ByProxyProtocol:
    def test_the_connections_client_is_whom_the_proxy_says(self):
        for client in ("192.0.2.7", "2001:db8::7"):
            with self.subTest(client):
                self.assertEqual(self.seen({"X-Forwarded-For": "203.0.113.1"}, self.posting_over(self.begin(client))),
                                 client)

    def test_a_trusted_proxy_has_to_say_it(self):
        other = version_2 if self.begin is version_1 else version_1
        for begin in (b"", other("192.0.2.7")):
            self.assertEqual(self.exchange(begin + b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").status, 400)

    def test_the_health_command_says_it_too(self):
        settings = [flag for setting in self.settings for flag in ("--set", setting)]
        health = subprocess.run([e2e.Server.binary, "health", "--set", f"listen=127.0.0.1:{self.shared.port}", *settings],
                                capture_output=True, text=True, timeout=20, env=e2e.clean_environment())
        self.assertEqual(health.returncode, 0, health.stderr)

    def test_a_connection_that_says_nothing_more_is_closed_in_time(self):
        with socket.create_connection(("127.0.0.1", self.shared.port), timeout=e2e.ANSWER_WITHIN) as connection:
            connection.sendall(self.begin("192.0.2.7")[:10])
            connection.shutdown(socket.SHUT_WR)
            self.assertEqual(connection.recv(1000), b"")


class ProxyProtocolServer(e2e.Server):
    """Is asked for its readiness as its proxy would."""

    begin = b""

    def get(self, path, headers=None):
        with socket.create_connection(("127.0.0.1", self.port), timeout=e2e.ANSWER_WITHIN) as connection:
            connection.sendall(self.begin + f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
            response = http.client.HTTPResponse(connection)
            response.begin()
            return Answer(response)


class ByProxyVersion(Proxied):
    """A shared server behind the PROXY protocol; the version is the subclass's."""

    @classmethod
    def setUpClass(cls):
        original, e2e.Server = e2e.Server, ProxyProtocolServer
        ProxyProtocolServer.begin = cls.begin("127.0.0.1")
        try:
            super().setUpClass()
        finally:
            e2e.Server = original


class ByVersion1(ByProxyProtocol, ByProxyVersion):
    settings = (PUBLIC, "proxy.header=proxy-v1", "proxy.trusted=127.0.0.0/8")
    begin = staticmethod(version_1)

    def test_a_proxy_may_speak_for_itself(self):
        self.assertEqual(self.seen({}, self.posting_over(b"PROXY UNKNOWN\r\n")), "127.0.0.1")


class ByVersion2(ByProxyProtocol, ByProxyVersion):
    settings = (PUBLIC, "proxy.header=proxy-v2", "proxy.trusted=127.0.0.0/8")
    begin = staticmethod(version_2)

    def test_a_proxy_may_speak_for_itself(self):
        for begin in (version_2("192.0.2.7", command=0x20), SIGNATURE + b"\x20\0\0\0", SIGNATURE + b"\x21\0\0\0"):
            self.assertEqual(self.seen({}, self.posting_over(begin)), "127.0.0.1")


class BehindNginx(Proxied):
    """The configuration of docs/operating.md: nginx adds whom it was asked by to what its client claims."""

    settings = (PUBLIC, "proxy.header=xff", "proxy.trusted=127.0.0.1")

    @classmethod
    def setUpClass(cls):
        if shutil.which("nginx", path="/usr/sbin:/usr/bin") is None:
            raise AssertionError("nginx is not installed (tools/packages-test.txt)")
        super().setUpClass()
        document = (pathlib.Path(__file__).resolve().parents[2] / "docs/operating.md").read_text(encoding="utf-8")
        location = next(line for line in document.splitlines() if line.startswith("location / { proxy_pass"))
        assert "X-Forwarded-For $proxy_add_x_forwarded_for" in location, location
        cls.port = e2e.free_port()
        temporary = "".join(f"  {name}_temp_path {cls.room}/{name};\n"
                            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        file = cls.room / "nginx.conf"
        file.write_text(f"daemon off;\nmaster_process off;\npid {cls.room}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
                        f"http {{\n  access_log off;\n{temporary}  server {{\n    listen 127.0.0.1:{cls.port};\n    "
                        + location.replace("127.0.0.1:8080", f"127.0.0.1:{cls.shared.port}") + "\n  }\n}\n")
        nginx = subprocess.Popen(["/usr/sbin/nginx", "-p", str(cls.room), "-e", "stderr", "-c", str(file)],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(nginx.wait, 10)
        cls.addClassCleanup(nginx.terminate)
        assert e2e.eventually(cls.answers, 10), "nginx did not start"

    @classmethod
    def answers(cls):
        try:
            return cls.ask_from("127.0.0.1", "GET", "/health").status == 200
        except OSError:
            return False

    @classmethod
    def ask_from(cls, source, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", cls.port, timeout=e2e.ANSWER_WITHIN,
                                                source_address=(source, 0))
        try:
            connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/json",
                                                                         **(headers or {})})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def test_the_client_is_whom_nginx_was_asked_by_whatever_they_claim(self):
        for source in ("127.0.0.5", "127.9.9.9"):
            for claims in ({}, {"X-Forwarded-For": "192.0.2.7"}, {"X-Forwarded-For": "127.0.0.1"},
                           {"Forwarded": "for=192.0.2.7", "X-Real-IP": "192.0.2.7"}):
                with self.subTest(source=source, claims=claims):
                    seen = self.seen(claims, lambda path, body, headers, by=source: self.ask_from(by, "POST", path, body,
                                                                                                  headers))
                    self.assertEqual(seen, source)


if __name__ == "__main__":
    e2e.main()
