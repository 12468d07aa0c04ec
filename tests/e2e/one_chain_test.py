"""One chain for every protocol: the same requests through REST, Connect, gRPC-Web and gRPC, over HTTP/1.1 and HTTP/2, in
the clear and under TLS, end in the same outcome, error code, log line and metric."""
import base64
import contextlib
import dataclasses
import http.client
import itertools
import json
import struct
import threading

import certificates
import collected_logs
import sallyport_process as e2e
from http2_client import Http2Client
from sallyport_process import PASSWORD, bearer, fresh_email

REASONS = (b"invalid_fields", b"not_authenticated", b"forbidden", b"rate_limited", b"body_too_large", b"request_timeout",
           b"message_malformed", b"misdirected_request", b"unsupported_media_type")
_ids = itertools.count(1)


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    body: bytes
    trailers: dict


# --- four ways to carry a request ---

class Carrier:
    """Asks over a connection of its own, so that one request cannot spoil another's."""

    def __init__(self, name, port, is_http2=False, tls=None):
        self.name, self.port, self.is_http2, self.tls = name, port, is_http2, tls

    def ask(self, method, path, headers, body, ends=True):
        return self._over_http2(method, path, headers, body, ends) if self.is_http2 \
            else self._over_http1(method, path, headers, body, ends)

    def _over_http2(self, method, path, headers, body, ends):
        host = headers.pop("Host", None)
        client = Http2Client(self.port, self.tls, authority=host or f"localhost:{self.port}")
        with contextlib.closing(client):
            if ends:
                answer = client.ask(method, path, headers, body)
            else:
                stream = client.begin(method, path, headers, ends=False)
                while not client.so_far(stream).status or (client.so_far(stream).headers.get("content-length") not in
                                                           (None, str(len(client.so_far(stream).body)))):
                    client.read()
                    if client.is_ended or client.so_far(stream).is_whole:
                        break
                answer = client.so_far(stream)
            return Answer(answer.status, answer.headers, answer.body, answer.trailers)

    def _over_http1(self, method, path, headers, body, ends):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=e2e.ANSWER_WITHIN) if self.tls is None \
            else http.client.HTTPSConnection("localhost", self.port, timeout=e2e.ANSWER_WITHIN, context=self.tls)
        with contextlib.closing(connection):
            if ends:
                connection.request(method, path, body, {"Host": f"localhost:{self.port}", **headers})
            else:
                connection.putrequest(method, path)
                for name, value in {"Content-Length": "100", **headers}.items():
                    connection.putheader(name, value)
                connection.endheaders()
            response = connection.getresponse()
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()},
                          response.read(), {})


# --- four ways to say it ---

def message(fields):
    """A protobuf message of strings: all that these requests need."""
    encoded = b""
    for number, text in fields.items():
        data = text.encode()
        size, length = len(data), b""
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        encoded += bytes([number << 3 | 2]) + length + bytes([size]) + data
    return encoded


def framed(data, flags=0):
    return struct.pack(">BI", flags, len(data)) + data


class Rest:
    name = "rest"

    def request(self, what):
        headers = {"Content-Type": "application/json"} if what.rest_method == "POST" else {}
        body = json.dumps(what.json).encode() if what.rest_method == "POST" else None
        return what.rest_method, what.rest_path, headers, body

    def garbage(self):
        return b"{"

    def error(self, answer):
        return json.loads(answer.body)["code"] if answer.status >= 400 else "ok"


class Rpc:
    def request(self, what):
        return "POST", what.method, {"Content-Type": self.content_type, **self.extra}, self.encode(what)

    def encode(self, what):
        return framed(message(what.fields))

    def garbage(self):
        return framed(b"\xff\xff\xff")


class Connect(Rpc):
    name, content_type, extra = "connect", "application/json", {"Connect-Protocol-Version": "1"}

    def __init__(self, is_stream=False):
        if is_stream:
            self.content_type = "application/connect+json"

    def encode(self, what):
        data = json.dumps(what.json).encode()
        return framed(data) if self.content_type.startswith("application/connect") else data

    def garbage(self):
        return b"{"

    def error(self, answer):
        if answer.headers["content-type"].startswith("application/connect"):
            frames = answer.body
            while frames:
                flags, size = struct.unpack(">BI", frames[:5])
                data, frames = frames[5:5 + size], frames[5 + size:]
                if flags & 2:
                    return self.reason(json.loads(data).get("error"))
        if answer.headers["content-type"] == "application/problem+json":  # what HTTP refuses before it is a call
            return json.loads(answer.body)["code"]
        return self.reason(json.loads(answer.body)) if answer.status != 200 else "ok"

    def reason(self, error):
        if error is None:
            return "ok"
        details = b"".join(base64.b64decode(detail["value"] + "==") for detail in error["details"])
        return reason_in(details)


class GrpcWeb(Rpc):
    name, content_type, extra = "grpc-web", "application/grpc-web+proto", {"X-Grpc-Web": "1"}

    def error(self, answer):
        frames, fields = answer.body, dict(answer.headers)
        while frames:
            flags, size = struct.unpack(">BI", frames[:5])
            data, frames = frames[5:5 + size], frames[5 + size:]
            if flags & 0x80:
                for line in data.decode().split("\r\n"):
                    name, _, value = line.partition(":")
                    fields[name.lower()] = value.strip()
        return reason_of_status(fields)


class Grpc(Rpc):
    name, content_type, extra = "grpc", "application/grpc+proto", {"TE": "trailers"}

    def error(self, answer):
        return reason_of_status({**answer.headers, **answer.trailers})


def reason_of_status(fields):
    if fields["grpc-status"] == "0":
        return "ok"
    details = fields["grpc-status-details-bin"]
    return reason_in(base64.b64decode(details + "=" * (-len(details) % 4)))


def reason_in(details):
    found = [reason for reason in REASONS if reason in details]
    assert len(found) == 1, details
    return found[0].decode()


# --- what is asked ---

@dataclasses.dataclass
class Request:
    """The same wish in the words of REST and of the RPC contract."""

    rest_path: str
    method: str
    json: dict = dataclasses.field(default_factory=dict)
    fields: dict = dataclasses.field(default_factory=dict)
    headers: dict = dataclasses.field(default_factory=dict)
    rest_method: str = "POST"
    is_stream: bool = False
    ends: bool = True
    is_garbage: bool = False
    # what the log says of it
    status: int = 200
    outcome: str = "ok"
    # what its client reads of it: None where an RPC says OK with the refusal inside
    rpc_error: str = ""

    def error_by(self, protocol):
        return self.outcome if protocol.name == "rest" or self.rpc_error == "" else self.rpc_error


def sign_in(identifier, password, **more):
    return Request("/v1/auth/login", "/auth.v1.AuthService/Authenticate",
                   {"identifier": identifier, "password": password}, {1: identifier, 3: password}, **more)


class OneChain(e2e.EndToEndTest):
    def carriers(self, server):
        yield Carrier("h1", server.port)
        yield Carrier("h2c", server.port, is_http2=True)
        yield Carrier("tls h1", server.port, tls=self.authority.context(protocols=["http/1.1"]))
        yield Carrier("tls h2", server.port, is_http2=True, tls=self.authority.context(protocols=["h2"]))

    def served(self, *settings):
        folder = self.folder()
        self.authority = certificates.Authority(folder / "authority")
        chain, key = self.authority.issue("server", ["localhost"])
        server = self.server(folder, settings=[f"tls.certificates={chain}", f"tls.keys={key}", "tls.required=false",
                                               *settings])
        server.start()
        return server

    def ways(self, server):
        for carrier in self.carriers(server):
            for protocol in (Rest, Connect, GrpcWeb, Grpc):
                if protocol is not Grpc or carrier.is_http2:
                    yield carrier, protocol

    def ask(self, way, what):
        """Sends it, and returns what its client was told and its id in the log."""
        carrier, kind = way
        protocol = kind(what.is_stream) if kind is Connect else kind()
        method, path, headers, body = protocol.request(what)
        if what.is_garbage:
            body = protocol.garbage()
        number = f"one-chain-{next(_ids)}"
        headers = {**headers, **what.headers, "X-Request-Id": number}
        collected_logs.note_request(body, headers)
        answer = carrier.ask(method, path, headers, body, what.ends)
        self.assertEqual(answer.headers.get("x-request-id"), number)
        return protocol.error(answer), number

    def check(self, server, what, prepare=None):
        """Asks in every way, and compares what the client, the log and the metrics say."""
        ways = list(self.ways(server))
        before = self.counted(server, what.outcome)
        told = {}

        def one(way):
            wish = prepare() if prepare else what
            told[way] = self.ask(way, wish)

        if what.ends:
            for way in ways:
                one(way)
        else:  # they wait for the server's patience to end: all together
            e2e.in_parallel(len(ways), lambda index: one(ways[index]))
        self.assertEqual(len(told), len(ways))
        for (carrier, protocol), (error, _) in told.items():
            with self.subTest(carrier=carrier.name, protocol=protocol.name):
                self.assertEqual(error, what.error_by(protocol))
        ids = {number for _, number in told.values()}
        self.assertTrue(e2e.eventually(lambda: ids <= set(self.lines(server)), within=5))
        lines = self.lines(server)
        for (carrier, protocol), (_, number) in told.items():
            with self.subTest(carrier=carrier.name, protocol=protocol.name):
                line = lines[number]
                self.assertEqual((line["status"], line["outcome"]), (what.status, what.outcome), line)
                self.assertEqual(line["protocol"], "http/2" if carrier.is_http2 else "http/1.1")
        self.assertEqual(self.counted(server, what.outcome) - before, len(ways))

    @staticmethod
    def lines(server):
        lines = (json.loads(line) for line in server.errors().splitlines())
        return {line["request_id"]: line for line in lines if "request_id" in line}

    @staticmethod
    def counted(server, outcome):
        total = 0
        for line in server.get("/metrics").body.decode().splitlines():
            if line.startswith("sallyport_requests_total{") and f'outcome="{outcome}"' in line:
                is_probe = '"/metrics"' in line or '"/health' in line
                total += 0 if is_probe else float(line.rsplit(" ", 1)[1])
        return int(total)

    def test_good(self):
        server = self.served()
        person = server.register()
        self.check(server, sign_in(person.email, PASSWORD))

    def test_invalid(self):
        self.check(self.served(), sign_in("", "", status=422, outcome="invalid_fields"))

    def test_malformed(self):
        # The codes differ, since one is no JSON and the other no protobuf: here only the protocols' own are compared.
        server = self.served()
        for way in self.ways(server):
            what = sign_in("a", "b", is_garbage=True)
            with self.subTest(carrier=way[0].name, protocol=way[1].name):
                carrier, kind = way
                number = f"one-chain-{next(_ids)}"
                method, path, headers, _ = kind().request(what)
                carrier.ask(method, path, {**headers, "X-Request-Id": number}, kind().garbage())
                self.assertTrue(e2e.eventually(lambda: number in self.lines(server), within=5))
                self.assertEqual(self.lines(server)[number]["status"], 400)

    def test_unauthenticated(self):
        self.check(self.served(), Request("/v1/auth/password", "/auth.v1.AuthService/ChangePassword",
                                          {"current_password": PASSWORD, "new_password": PASSWORD + "!"},
                                          {1: PASSWORD, 2: PASSWORD + "!"}, status=401, outcome="not_authenticated"))

    def test_forbidden(self):
        server = self.served()
        person = server.register()
        self.check(server, Request("/v1/users", "/users.v1.UserService/ListUsers", rest_method="GET", is_stream=True,
                                   headers=person.by_bearer, status=403, outcome="forbidden"))

    def test_throttled(self):
        server = self.served("public_url=https://auth.example.org", "proxy.header=xff", "proxy.trusted=127.0.0.1",
                             "limits.rate.sign_in=1/1h")
        client = {"X-Forwarded-For": "192.0.2.7"}
        body = {"email": fresh_email("nobody"), "password": PASSWORD}
        self.assertEqual(server.post("/v1/auth/login", body, client).status, 401)
        self.check(server, sign_in(body["email"], PASSWORD, headers=client, status=429, outcome="rate_limited"))

    def test_wrong_password(self):
        server = self.served()
        server.register()
        self.check(server, sign_in("", "", status=401, outcome="invalid_credentials", rpc_error="ok"),
                   prepare=lambda: sign_in(fresh_email("nobody"), PASSWORD))

    def test_locked(self):
        server = self.served()
        person = server.register()
        for number in range(6):
            server.login(person.email, f"{PASSWORD}-{number}")
        self.check(server, sign_in(person.email, PASSWORD, status=429, outcome="locked", rpc_error="ok"))

    def test_too_large(self):
        self.check(self.served("http.body_bytes=4096"),
                   sign_in("a" * 8_000, PASSWORD, status=413, outcome="body_too_large"))

    def test_timed_out(self):
        self.check(self.served(), sign_in("", "", ends=False, status=408, outcome="request_timeout"))

    def test_for_another_host(self):
        self.check(self.served(), sign_in("a", "b", headers={"Host": "auth.example.org"}, status=421,
                                          outcome="misdirected_request"))

    def test_of_another_type(self):
        """What is no protocol's content type is refused before anything is read."""
        server = self.served()
        for carrier in self.carriers(server):
            for path in ("/v1/auth/login", "/auth.v1.AuthService/Authenticate"):
                with self.subTest(carrier=carrier.name, path=path):
                    self.assertEqual(carrier.ask("POST", path, {"Content-Type": "text/plain"}, b"x").status, 415)


if __name__ == "__main__":
    e2e.main()
