"""The OpenAPI document says what the server does: its routes are all there, and every answer fits what is told of it."""
import json
import pathlib
import re
import subprocess

import pictures
import sallyport_process as e2e
from openapi_schema import SchemaChecker
from sallyport_process import PASSWORD, SignedIn, fresh_email

COMMITTED = pathlib.Path(__file__).resolve().parents[2] / "api" / "openapi" / "openapi.json"
NEXT = "another-Horse-8-battery"
METHODS = ("get", "put", "post", "patch", "delete")
NOBODY = "00000000-0000-7000-8000-000000000000"


def program(*arguments, stdin=""):
    return subprocess.run([e2e.Server.binary, *arguments], input=stdin.encode(), capture_output=True, timeout=60,
                          env=e2e.clean_environment())


class DocumentTest(e2e.EndToEndTest):
    def test_the_server_serves_what_the_program_prints_and_what_is_committed(self):
        server = self.started()

        answer = server.get("/openapi.json")

        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
        self.assertEqual(answer.json["openapi"], "3.1.0")
        self.assertEqual(answer.json, json.loads(COMMITTED.read_text(encoding="utf-8")))
        self.assertEqual(program("routes", "--openapi").stdout, COMMITTED.read_bytes())

    def test_who_has_the_document_is_told_so(self):
        server = self.started()
        tag = server.get("/openapi.json").headers["ETag"]

        self.assertEqual(server.get("/openapi.json", {"If-None-Match": tag}).status, 304)
        self.assertEqual(server.get("/openapi.json", {"If-None-Match": '"other"'}).status, 200)

    def test_a_server_with_a_name_says_where_it_is_and_how_its_cookie_is_called(self):
        settings = ("public_url=https://auth.example.org", "http.aliases=/auth=/v1/auth")
        server = self.started(settings=settings)

        document = server.get("/openapi.json").json

        self.assertEqual(document["servers"], [{"url": "https://auth.example.org"}])
        self.assertEqual(document["components"]["securitySchemes"]["session_cookie"]["name"], "__Host-sallyport")
        default = json.loads(COMMITTED.read_text(encoding="utf-8"))
        self.assertEqual(document["paths"], default["paths"])
        printed = program("routes", "--openapi", *(flag for setting in settings for flag in ("--set", setting)))
        self.assertEqual(json.loads(printed.stdout), document)

    def test_every_route_of_a_running_server_is_in_it(self):
        server = self.started()
        listed = json.loads(program("routes", "--json", "--data", str(server.data)).stdout)["routes"]
        document = server.get("/openapi.json").json

        told = {(path, method) for path, methods in document["paths"].items() for method in methods}
        for route in listed:
            path, method = route["path"], route["method"].lower()
            if re.match(r"/(dev/|[^./][^/]*\.[^/]*/)", path) or path == "/v1/auth/check":
                continue  # a developer's, a procedure, one route for all methods
            self.assertIn((path, method), told)
        self.assertIn(("/v1/auth/check", "get"), told)
        self.assertLessEqual(told, {(route["path"], route["method"].lower()) for route in listed})

    def test_printing_it_leaves_nothing_behind(self):
        folder = self.folder()
        environment = {**e2e.clean_environment(), "TMPDIR": str(folder)}

        done = subprocess.run([e2e.Server.binary, "routes", "--openapi"], capture_output=True, timeout=60,
                              env=environment, cwd=folder)

        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(list(folder.iterdir()), [])


class TrafficTest(e2e.EndToEndTest):
    """Requests of all kinds, each answer compared with the document."""

    def setUp(self):
        unlimited = [f"limits.rate.{name}=off" for name in ("other", "sign_in", "registration", "mail")]
        self.running = self.started(settings=unlimited)
        self.document = self.running.get("/openapi.json").json
        self.schemas = SchemaChecker(self.document)

    def send(self, method, pattern, body=None, by=None, headers=None, query="", is_wrong=False, **parameters):
        """Sends a request and compares the answer; the body too, unless it is meant to be wrong."""
        operation = self.document["paths"][pattern][method.lower()]
        path = re.sub(r"{(\w+)}", lambda name: parameters[name[1]], pattern)
        headers = {**(by.by_bearer if by else {}), **(headers or {})}
        answer = self.running.request(method, path + query, body, headers)
        self.compare(operation, answer)
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content and isinstance(body, dict) and not is_wrong:
            self.assertEqual(self.schemas.faults(body, content["schema"]), [], (pattern, body))
        return answer

    def compare(self, operation, answer):
        name = operation["operationId"]
        told = operation["responses"].get(str(answer.status))
        is_refusal = answer.headers["Content-Type"] == "application/problem+json"
        if told is None:
            self.assertGreaterEqual(answer.status, 400, f"{name} does not tell of {answer}")
            told = operation["responses"]["default"]
        told = self.schemas.resolve(told)
        for header in told.get("headers", {}):
            is_always = header not in ("Set-Cookie", "Retry-After")
            self.assertTrue(not is_always or answer.headers[header], f"{name}: {header} is missing in {answer}")
        if not answer.body:
            self.assertTrue(is_refusal or "content" not in told, f"{name}: {answer.status} has no body")
            return
        kind = answer.headers["Content-Type"].partition(";")[0]
        content = told.get("content", {})
        told_kind = next((one for one in (kind, kind.partition("/")[0] + "/*", "*/*") if one in content), None)
        self.assertIsNotNone(told_kind, f"{name} does not tell of {kind} for {answer}")
        values = [json.loads(line) for line in answer.body.splitlines()] if "ndjson" in kind else [answer.json]
        for value in values if "json" in kind else []:
            faults = self.schemas.faults(value, content[told_kind]["schema"])
            self.assertEqual(faults, [], f"{name}: {answer}")

    def operations(self):
        for pattern, methods in self.document["paths"].items():
            for method in methods:
                yield method.upper(), pattern, methods[method]

    def administrator(self):
        email = fresh_email("boss")
        done = program("admin", "create", email, "--password-stdin", "--data", str(self.running.data),
                       stdin=PASSWORD + "\n")
        assert done.returncode == 0, done
        return SignedIn.of(self.send("POST", "/v1/auth/login", {"email": email, "password": PASSWORD}))

    def person(self, **more):
        answer = self.send("POST", "/v1/auth/register", {"email": fresh_email(), "password": PASSWORD, **more})
        self.assertEqual(answer.status, 201, answer)
        return SignedIn.of(answer)

    def test_strangers_and_malformed_requests_hear_what_is_told(self):
        for method, pattern, operation in self.operations():
            with self.subTest(method=method, pattern=pattern):
                ids = {"id": NOBODY, "name": "nothing", "file": "nothing"}
                answer = self.send(method, pattern, is_wrong=True, **ids)
                if operation["x-access"] not in ("anyone", "optional"):
                    self.assertEqual(answer.status, 401, answer)
                    bad = {"Authorization": "Bearer nonsense"}
                    self.assertEqual(self.send(method, pattern, headers=bad, **ids).status, 401)
                content = operation.get("requestBody", {}).get("content", {})
                if "application/json" in content and operation["x-access"] in ("anyone", "optional"):
                    for body, status in ((b"[", 400), (b"{}", None), (b'{"email": 1}', None), (b"{" * 80_000, 413)):
                        answer = self.send(method, pattern, body, is_wrong=True, **ids)
                        self.assertIn(answer.status, (status or answer.status,), answer)
                    plain = {"Content-Type": "text/plain"}
                    self.assertEqual(self.send(method, pattern, b"{}", headers=plain, **ids).status, 415)
        cookie = {"Cookie": "sallyport=x", "Origin": "https://evil.example"}
        self.assertEqual(self.send("POST", "/v1/auth/logout", headers=cookie).status, 403)

    def test_the_life_of_an_account_is_as_told(self):
        device = {"id": "phone-1", "name": "Phone", "type": "phone", "client_version": "1", "metadata": {"a": "b"}}
        ann = self.person(display_name="Ann", locale="de-CH", timezone="Europe/Zurich", device=device,
                          installation_id=NOBODY)
        login = {"email": ann.email, "password": PASSWORD}
        self.assertEqual(self.send("POST", "/v1/auth/register", login).status, 409)
        self.assertEqual(self.send("POST", "/v1/auth/login", {**login, "password": NEXT}).status, 401)
        key = {"Idempotency-Key": "one-key"}
        other = {"email": fresh_email(), "password": PASSWORD}
        self.assertEqual(self.send("POST", "/v1/auth/register", other, headers=key).status, 201)
        self.assertEqual(self.send("POST", "/v1/auth/register", login, headers=key).status, 422)

        second = SignedIn.of(self.send("POST", "/v1/auth/login", {"identifier": ann.email, "password": PASSWORD}))
        refreshed = self.send("POST", "/v1/auth/refresh", {"refresh_token": second.refresh_token})
        self.assertEqual(refreshed.status, 200)
        by_cookie = {**second.by_cookie, "Sec-Fetch-Site": "same-origin"}
        self.assertEqual(self.send("POST", "/v1/auth/refresh", headers=by_cookie).status, 200)

        self.assertEqual(self.send("GET", "/v1/auth/me", by=ann).status, 200)
        change = {"display_name": None, "locale": "en", "phone": "+41443640000"}
        self.assertEqual(self.send("PATCH", "/v1/auth/me", change, by=ann).status, 200)
        self.assertEqual(self.send("PATCH", "/v1/auth/me", {"locale": "-"}, by=ann).status, 422)
        self.assertEqual(self.send("GET", "/v1/auth/me/export", by=ann).status, 200)
        self.assertEqual(self.send("GET", "/v1/auth/sessions", by=ann).status, 200)
        self.assertEqual(self.send("DELETE", "/v1/auth/sessions/{id}", by=ann, id=second.session_id).status, 204)
        self.assertEqual(self.send("DELETE", "/v1/auth/sessions/{id}", by=ann, id=NOBODY).status, 404)
        self.assertEqual(self.send("DELETE", "/v1/auth/sessions", by=ann).status, 200)
        self.assertEqual(self.send("GET", "/v1/auth/check", by=ann).status, 204)
        self.assertEqual(self.send("GET", "/v1/auth/check", by=ann, query="?role=admin").status, 403)
        self.assertEqual(self.send("GET", "/v1/auth/check", by=ann, query="?rule=admin").status, 422)

        self.assertEqual(self.send("POST", "/v1/auth/reauthenticate", {"password": PASSWORD}, by=ann).status, 204)
        self.assertEqual(self.send("POST", "/v1/auth/reauthenticate", {"password": NEXT}, by=ann).status, 403)
        change = {"current_password": PASSWORD, "new_password": NEXT}
        self.assertEqual(self.send("POST", "/v1/auth/password", change, by=ann).status, 204)
        self.assertEqual(self.send("POST", "/v1/auth/password", change, by=ann).status, 403)
        address = {"email": fresh_email("new"), "password": NEXT}
        self.assertEqual(self.send("POST", "/v1/auth/email", address, by=ann).status, 202)
        self.assertEqual(self.send("POST", "/v1/auth/verification", {"email": ann.email}).status, 202)
        self.assertEqual(self.send("POST", "/v1/auth/verification", by=ann).status, 202)
        flow = self.send("POST", "/v1/auth/recovery", {"email": ann.email}, headers={"Idempotency-Key": "r"}).json
        again = {"code": "00000000", "flow": flow["flow"], "password": PASSWORD}
        self.assertEqual(self.send("POST", "/v1/auth/recovery/confirm", again).status, 422)
        self.assertEqual(self.send("POST", "/v1/auth/verification/confirm", {"code": "0", "flow": "x"}).status, 422)

        self.assertEqual(self.send("DELETE", "/v1/auth/me", {"current_password": PASSWORD}, by=ann).status, 403)
        self.assertEqual(self.send("POST", "/v1/auth/logout", by=ann).status, 204)
        self.assertEqual(self.send("GET", "/v1/auth/me", by=ann).status, 401)
        bob = self.person()
        self.assertEqual(self.send("DELETE", "/v1/auth/me", by=bob).status, 204)

    def test_pictures_are_as_told(self):
        ann = self.person()
        picture, png = pictures.png(), {"Content-Type": "image/png"}

        shown = self.send("PUT", "/v1/auth/me/avatar", picture, by=ann, headers=png)
        self.assertEqual(shown.status, 200)
        name = shown.json["avatar_url"].rpartition("/")[2]
        tag = self.send("GET", "/v1/avatars/{name}", name=name).headers["ETag"]
        self.assertEqual(self.send("GET", "/v1/avatars/{name}", headers={"If-None-Match": tag}, name=name).status, 304)
        self.assertEqual(self.send("PUT", "/v1/auth/me/avatar", b"no", by=ann, headers=png).status, 422)
        self.assertEqual(self.send("PUT", "/v1/auth/me/avatar", b"{}", by=ann).status, 415)
        self.assertEqual(self.send("DELETE", "/v1/auth/me/avatar", by=ann).status, 204)

        self.assertEqual(self.send("POST", "/v1/auth/me/avatar/confirm", by=ann).status, 404)
        announced = {"content_type": "image/png", "content_size": len(picture)}
        offered = self.send("POST", "/v1/auth/me/avatar/upload", announced, by=ann).json
        name = offered["upload_url"].rpartition("/")[2]
        self.assertEqual(self.send("PUT", "/v1/avatars/uploads/{name}", picture, headers=png, name=name).status, 204)
        self.assertEqual(self.send("POST", "/v1/auth/me/avatar/confirm", by=ann).status, 200)

    def test_administration_is_as_told(self):
        boss, ann = self.administrator(), self.person()
        users, one = "/v1/users", "/v1/users/{id}"
        self.assertEqual(self.send("GET", users, by=ann).status, 403)
        listed = self.send("GET", users, by=boss, query="?page_size=1&status=active,pending&role=user")
        self.assertIn("next_page_token", self.send("GET", users, by=boss, query="?page_size=1").json)
        self.assertEqual(listed.status, 200)
        self.assertEqual(self.send("GET", users, by=boss, query="?page_size=x").status, 422)
        lines = self.send("GET", users, by=boss, headers={"Accept": "application/x-ndjson"})
        self.assertEqual(lines.headers["Content-Type"], "application/x-ndjson")

        new = {"email": fresh_email("new"), "role": "guest", "password": PASSWORD, "display_name": "New"}
        created = self.send("POST", users, new, by=boss)
        self.assertEqual(created.status, 201)
        id = created.json["id"]
        self.assertEqual(self.send("POST", users, new, by=boss).status, 409)
        self.assertEqual(self.send("POST", users, {**new, "role": "king"}, by=boss, is_wrong=True).status, 422)
        invited = self.send("POST", users, {"email": fresh_email("invited")}, by=boss).json
        self.assertEqual(self.send("POST", one + "/invitation", by=boss, id=invited["id"]).status, 204)
        self.assertEqual(self.send("POST", one + "/invitation", by=boss, id=id).status, 409)
        activate = {"status": "active"}
        self.assertEqual(self.send("PATCH", one, activate, by=boss, id=invited["id"]).status, 409)
        self.assertEqual(self.send("GET", one, by=boss, id=id).status, 200)
        self.assertEqual(self.send("GET", one, by=boss, id=NOBODY).status, 404)
        change = {"display_name": None, "role": "user", "timezone": "Europe/Zurich"}
        self.assertEqual(self.send("PATCH", one, change, by=boss, id=id).status, 200)
        self.assertEqual(self.send("PUT", one + "/password", {"password": NEXT}, by=boss, id=id).status, 204)
        self.assertEqual(self.send("DELETE", one + "/sessions", by=boss, id=ann.user["id"]).status, 200)
        self.assertEqual(self.send("POST", one + "/restore", by=boss, id=id).status, 409)
        self.assertEqual(self.send("DELETE", one, by=boss, id=id).status, 204)
        self.assertEqual(self.send("POST", one + "/restore", by=boss, id=id).status, 200)
        self.assertEqual(self.send("DELETE", one, by=boss, id=boss.user["id"]).status, 409)

    def test_operations_and_pages_are_as_told(self):
        for path in ("/health", "/health/live", "/health/ready", "/metrics", "/.well-known/jwks.json", "/openapi.json",
                     "/setup", "/reset-password", "/docs"):
            self.assertEqual(self.send("GET", path).status, 200, path)
        self.assertEqual(self.send("GET", "/docs/{file}", file="reference.js").status, 200)
        self.assertEqual(self.send("GET", "/docs/{file}", file="other.js").status, 404)


if __name__ == "__main__":
    e2e.main()
