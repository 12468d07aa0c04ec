"""What administrators do with accounts: over REST, and the same on the command line."""
import json
import re
import sqlite3
import subprocess
import urllib.parse
import uuid

import sallyport_process as e2e
from sallyport_process import PASSWORD, SignedIn, fresh_email

USERS = "/v1/users"
NEXT = "another-Horse-8-battery"
FAILED = 1


def command(server, *arguments, stdin=None):
    return subprocess.run([e2e.Server.binary, *arguments, "--data", str(server.data)],
                          input=(stdin or "").encode(), capture_output=True, timeout=60, env=e2e.clean_environment())


def make_administrator(server, email=None):
    """An administrator who is signed in."""
    email = email or fresh_email("boss")
    done = command(server, "admin", "create", email, "--password-stdin", stdin=PASSWORD + "\n")
    assert done.returncode == 0, done
    answer = server.login(email)
    assert answer.status == 200, answer
    return SignedIn.of(answer)


def path_of(person, more=""):
    return f"{USERS}/{person.user['id'] if isinstance(person, SignedIn) else person}{more}"


# Every route with a body that would do. The paths are about one account.
READS = (("GET", "", None),)
WRITES = (("PATCH", "", {"display_name": "Other"}), ("PUT", "/password", {"password": NEXT}), ("DELETE", "", None),
          ("POST", "/restore", None), ("POST", "/invitation", None), ("DELETE", "/sessions", None))


class AdministrationTest(e2e.SharedServerTest):
    """One server with one administrator for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = make_administrator(cls.shared)

    def ask(self, method, path, body=None, by=None):
        return self.shared.request(method, path, body, (by or self.boss).by_bearer)

    def patch(self, person, body, by=None):
        return self.ask("PATCH", path_of(person), body, by)

    def created(self, **more):
        answer = self.ask("POST", USERS, {"email": fresh_email(), **more})
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def newest_event(self, account):
        done = command(self.shared, "audit", "list", "--account", account, "--limit", "1", "--json")
        return json.loads(done.stdout)["events"][0]

    def assert_signed_out(self, person):
        for headers in (person.by_bearer, person.by_cookie):
            self.assert_problem(self.shared.me(headers), 401, "session_expired")
        self.assert_problem(self.shared.refresh(person.refresh_token), 401, "session_expired")


class WhoMay(AdministrationTest):
    def every_route(self, about):
        yield "GET", USERS, None
        yield "POST", USERS, {"email": fresh_email(), "password": PASSWORD}
        for method, more, body in READS + WRITES:
            yield method, path_of(about, more), body

    def test_nobody_without_a_session(self):
        ann = self.shared.register()
        before = self.shared.row_counts()
        for method, path, body in self.every_route(ann):
            with self.subTest(method, path=path):
                self.assert_problem(self.shared.request(method, path, body), 401, "not_authenticated")
                answer = self.shared.request(method, path, body, e2e.bearer("nonsense"))
                self.assert_problem(answer, 401, "token_malformed")
        self.assertEqual(self.shared.row_counts(), before)

    def test_no_user_and_no_guest_whatever_they_ask_about(self):
        ann, bob = self.shared.register(), self.shared.register()
        self.assertEqual(self.patch(bob, {"role": "guest"}).status, 200)
        guest = SignedIn.of(self.shared.login(bob.email))
        before = self.shared.row_counts()
        for person in (ann, guest):
            for about in (ann, guest, self.boss, uuid.uuid4(), "no-id"):
                for method, path, body in self.every_route(about):
                    with self.subTest(method, path=path):
                        answer = self.ask(method, path, body, by=person)
                        self.assert_problem(answer, 403, "forbidden")
                        self.assertIn("role", answer.json["title"])
        self.assertEqual(self.shared.row_counts(), before)

    def test_a_guest_looks_after_the_own_account(self):
        person = self.shared.register()
        self.patch(person, {"role": "guest"})
        guest = SignedIn.of(self.shared.login(person.email))

        self.assertEqual(self.shared.me(guest.by_bearer).json["role"], "guest")
        self.assertEqual(self.shared.patch("/v1/auth/me", {"display_name": "Guest"}, guest.by_bearer).status, 200)
        self.assertEqual(self.shared.get("/v1/auth/sessions", guest.by_bearer).status, 200)

    def test_a_demoted_administrator_is_refused_at_once(self):
        former = make_administrator(self.shared)
        self.assertEqual(self.ask("GET", USERS, by=former).status, 200)

        self.assertEqual(self.patch(former, {"role": "user"}).json["role"], "user")

        self.assert_problem(self.ask("GET", USERS, by=former), 401, "session_expired")
        again = SignedIn.of(self.shared.login(former.email))
        self.assert_problem(self.ask("GET", USERS, by=again), 403, "forbidden")

    def test_one_who_is_demoted_by_the_command_line_is_refused_within_a_second(self):
        former = make_administrator(self.shared)
        self.assertEqual(self.ask("GET", USERS, by=former).status, 200)

        done = command(self.shared, "user", "update", former.email, "--role", "user")

        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(e2e.eventually(lambda: self.ask("GET", USERS, by=former).status == 401, within=1))

    def test_cookies_serve_from_the_own_site_only(self):
        ann = self.shared.register()
        own = {"Origin": f"http://127.0.0.1:{self.shared.port}"}
        for headers, status in ((own, 200), ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403)):
            answer = self.shared.patch(path_of(ann), {"display_name": "x"}, {**self.boss.by_cookie, **headers})
            self.assertEqual(answer.status, status, answer)


class FreshProof(e2e.EndToEndTest):
    def test_what_writes_wants_a_fresh_proof_and_what_reads_does_not(self):
        server = self.started()
        boss, ann = make_administrator(server), server.register()
        server.stop()
        with sqlite3.connect(server.database_file) as database:
            database.execute("UPDATE sessions SET auth_time = auth_time - 600000000")  # ten minutes
        database.close()
        server.start()

        for method, path, body in [("POST", USERS, {"email": fresh_email(), "password": PASSWORD}),
                                   *((method, path_of(ann, more), body) for method, more, body in WRITES)]:
            with self.subTest(method, path=path):
                answer = server.request(method, path, body, boss.by_bearer)
                self.assert_problem(answer, 403, "fresh_authentication_required")
        self.assertEqual(server.get(path_of(ann), boss.by_bearer).status, 200)
        self.assertEqual(server.post("/v1/auth/reauthenticate", {"password": PASSWORD}, boss.by_bearer).status, 204)
        self.assertEqual(server.patch(path_of(ann), {"display_name": "Ann"}, boss.by_bearer).status, 200)


class Create(AdministrationTest):
    def test_with_a_password_the_account_signs_in_at_once(self):
        email = fresh_email()

        answer = self.ask("POST", USERS, {"email": email, "password": PASSWORD, "display_name": "Ann", "role": "guest",
                                          "locale": "de-CH", "timezone": "Europe/Zurich"})

        self.assertEqual(answer.status, 201, answer)
        user = answer.json
        self.assertEqual(answer.headers["Location"], f"{USERS}/{user['id']}")
        self.assertEqual({name: user[name] for name in ("email", "display_name", "role", "locale", "timezone", "status",
                                                        "email_verified", "has_password")},
                         {"email": email, "display_name": "Ann", "role": "guest", "locale": "de-CH",
                          "timezone": "Europe/Zurich", "status": "active", "email_verified": False,
                          "has_password": True})
        self.assertEqual(answer.cookies, {})
        self.assertEqual(self.shared.login(email).json["user"], user)
        self.assertEqual(self.ask("GET", path_of(user["id"])).json, user)
        event = self.newest_event(email)
        self.assertEqual(self.shared.rows("SELECT count(*) FROM sessions WHERE account_id = ?",
                                          e2e.uuid_bytes(user["id"])), [(1,)])
        self.assertEqual(event["event"], "signed_in")

    def test_a_taken_address_is_refused(self):
        ann = self.shared.register()

        answer = self.ask("POST", USERS, {"email": ann.email.upper(), "password": PASSWORD})

        self.assert_problem(answer, 409, "identifier_taken")

    def test_every_wrong_field_is_named(self):
        answer = self.ask("POST", USERS, {"email": "nobody", "password": "short", "display_name": "", "role": "king",
                                          "locale": "!", "timezone": "Mars/Base"})
        self.assert_problem(answer, 422, "invalid_fields", ("email", "email_malformed"), ("password", "too_short"),
                            ("display_name", "too_short"), ("role", "unknown_value"), ("locale", "locale_malformed"),
                            ("timezone", "time_zone_unknown"))
        self.assert_problem(self.ask("POST", USERS, {}), 422, "invalid_fields", ("email", "missing"))
        self.assert_problem(self.ask("POST", USERS, {"email": 1, "password": 2}), 422, "invalid_fields",
                            ("email", "wrong_type"), ("password", "wrong_type"))
        self.assert_problem(self.ask("POST", USERS, b"[]"), 400, "json_not_object")
        refused = self.shared.post(USERS, b"{}", {**self.boss.by_bearer, "Content-Type": "text/plain"})
        self.assert_problem(refused, 415, "unsupported_media_type")

    def test_the_audit_log_names_who_did_it(self):
        user = self.created(password=PASSWORD)
        event = self.newest_event(user["id"])
        self.assertEqual((event["event"], event["actor"], event["session"], event["ip"]),
                         ("account_created", self.boss.user["id"], self.boss.session_id, "127.0.0.1"))


class Update(AdministrationTest):
    def test_a_phone_number_is_set_and_taken_away(self):
        ann = self.created(password=PASSWORD, phone="+41443640000")
        self.assertEqual((ann["phone"], ann["phone_verified"]), ("+41443640000", False))
        other = self.patch(ann["id"], {"phone": "+41443640001"})
        self.assertEqual(other.json["phone"], "+41443640001")
        self.assertNotIn("phone", self.patch(ann["id"], {"phone": None}).json)
        self.assert_problem(self.patch(ann["id"], {"phone": "1"}), 422, "invalid_fields", ("phone", "phone_malformed"))

    def test_only_what_is_given_changes_and_null_clears(self):
        ann = self.shared.register(display_name="Ann", locale="de", timezone="Europe/Zurich")

        changed = self.patch(ann, {"display_name": "Anna", "locale": None, "shoe_size": 39})

        self.assertEqual(changed.status, 200, changed)
        expected = {**ann.user, "display_name": "Anna", "updated_at": changed.json["updated_at"]}
        del expected["locale"]
        self.assertEqual(changed.json, expected)
        self.assertEqual(self.shared.me(ann.by_bearer).json, expected)
        self.assertEqual(self.patch(ann, {}).json, expected)

    def test_a_role_is_in_the_next_token_and_the_sessions_before_have_ended(self):
        ann = self.shared.register()
        self.assertEqual(self.shared.me(ann.by_bearer).status, 200)

        self.assertEqual(self.patch(ann, {"role": "guest"}).json["role"], "guest")

        self.assert_signed_out(ann)
        token = self.shared.login(ann.email).json["access_token"]
        self.assertEqual(json.loads(e2e.unbase64url(token.split(".")[1]))["role"], "guest")

    def test_suspension_and_activation(self):
        ann = self.shared.register()

        self.assertEqual(self.patch(ann, {"status": "suspended"}).json["status"], "suspended")
        self.assert_signed_out(ann)
        self.assert_problem(self.shared.login(ann.email), 403, "account_suspended")
        self.assertEqual(self.patch(ann, {"status": "active"}).json["status"], "active")
        self.assertEqual(self.shared.login(ann.email).status, 200)

    def test_another_address_is_unverified_and_signs_in(self):
        ann, bob, other = self.shared.register(), self.shared.register(), fresh_email("other")

        self.assert_problem(self.patch(ann, {"email": bob.email}), 409, "identifier_taken")
        changed = self.patch(ann, {"email": other})

        self.assertEqual((changed.json["email"], changed.json["email_verified"]), (other, False))
        self.assertEqual(self.shared.me(ann.by_bearer).json["email"], other)
        self.assert_problem(self.shared.login(ann.email), 401, "invalid_credentials")
        self.assertEqual(self.shared.login(other).status, 200)
        listed = json.loads(command(self.shared, "mail", "list", "--json").stdout)["mails"]
        notice = next(mail for mail in listed
                      if mail.get("account") == ann.user["id"] and mail["kind"] == "address_changed")
        shown = json.loads(command(self.shared, "mail", "show", notice["id"], "--json").stdout)
        self.assertEqual(shown["to"], ann.email)

    def test_every_wrong_field_is_named(self):
        ann = self.shared.register()
        answer = self.patch(ann, {"email": None, "role": None, "status": "deleted", "display_name": 7})
        self.assert_problem(answer, 422, "invalid_fields", ("email", "missing"), ("role", "missing"),
                            ("status", "unknown_value"), ("display_name", "wrong_type"))
        self.assert_problem(self.patch(ann, {"status": "pending", "role": "root"}), 422, "invalid_fields",
                            ("status", "unknown_value"), ("role", "unknown_value"))
        self.assert_problem(self.patch(uuid.uuid4(), {"role": "user"}), 404, "account_not_found")
        self.assert_problem(self.patch("no-id", {"role": "user"}), 404, "account_not_found")


class PasswordAndSessions(AdministrationTest):
    def test_a_set_password_signs_in_and_every_session_has_ended(self):
        ann = self.shared.register()
        self.assertEqual(self.shared.me(ann.by_bearer).status, 200)

        answer = self.ask("PUT", path_of(ann, "/password"), {"password": NEXT})

        self.assertEqual((answer.status, answer.body), (204, b""), answer)
        self.assert_signed_out(ann)
        self.assert_problem(self.shared.login(ann.email), 401, "invalid_credentials")
        self.assertEqual(self.shared.login(ann.email, NEXT).status, 200)
        kinds = self.shared.rows("SELECT kind FROM outbox WHERE account_id = ? AND kind <> 'new_device'",
                                 e2e.uuid_bytes(ann.user["id"]))
        self.assertEqual(kinds, [("password_changed",)])

    def test_a_password_that_breaks_a_rule_is_refused(self):
        ann = self.shared.register("annabella@example.org")
        for password, rule in (("short", "too_short"), ("annabella and her Horses", "contains_address"),
                               ("password1234", "too_common"), ("x" * 129, "too_long")):
            answer = self.ask("PUT", path_of(ann, "/password"), {"password": password})
            self.assert_problem(answer, 422, "invalid_fields", ("password", rule))
        self.assert_problem(self.ask("PUT", path_of(ann, "/password"), {}), 422, "invalid_fields",
                            ("password", "missing"))
        self.assert_problem(self.ask("PUT", path_of(uuid.uuid4(), "/password"), {"password": NEXT}), 404,
                            "account_not_found")
        self.assertEqual(self.shared.me(ann.by_bearer).status, 200)

    def test_all_sessions_of_somebody_are_ended(self):
        ann = self.shared.register()
        self.shared.login(ann.email, device={"id": "phone"})

        answer = self.ask("DELETE", path_of(ann, "/sessions"))

        self.assertEqual((answer.status, answer.json), (200, {"revoked": 2}))
        self.assert_signed_out(ann)
        self.assertEqual(self.shared.login(ann.email).status, 200)
        self.assert_problem(self.ask("DELETE", path_of(uuid.uuid4(), "/sessions")), 404, "account_not_found")


class DeleteAndRestore(AdministrationTest):
    def test_who_is_deleted_signs_in_no_more_and_comes_back_as_they_were(self):
        ann = self.shared.register(display_name="Ann")

        self.assertEqual(self.ask("DELETE", path_of(ann)).status, 204)

        self.assert_signed_out(ann)
        self.assert_problem(self.shared.login(ann.email), 401, "invalid_credentials")
        self.assertEqual(self.ask("GET", path_of(ann)).json["status"], "deleted")
        for method, more, body in WRITES:
            if more != "/restore":
                self.assert_problem(self.ask(method, path_of(ann, more), body), 404, "account_not_found")
        restored = self.ask("POST", path_of(ann, "/restore"))
        self.assertEqual((restored.status, restored.json["status"], restored.json["display_name"]),
                         (200, "active", "Ann"))
        self.assertEqual(self.shared.login(ann.email).status, 200)
        self.assert_problem(self.ask("POST", path_of(ann, "/restore")), 409, "not_deleted")
        self.assert_problem(self.ask("POST", path_of(uuid.uuid4(), "/restore")), 404, "account_not_found")

    def test_nobody_comes_back_whose_address_is_taken_again(self):
        ann = self.shared.register()
        self.ask("DELETE", path_of(ann))
        self.shared.register(ann.email)

        self.assert_problem(self.ask("POST", path_of(ann, "/restore")), 409, "identifier_taken")


class LastAdministrator(e2e.EndToEndTest):
    def test_stays_whatever_is_asked(self):
        server = self.started()
        boss = make_administrator(server)
        for method, body in (("PATCH", {"role": "user"}), ("PATCH", {"status": "suspended"}), ("DELETE", None)):
            with self.subTest(method, body=body):
                answer = server.request(method, path_of(boss), body, boss.by_bearer)
                self.assert_problem(answer, 409, "last_administrator")
        for arguments in (("update", "--role", "guest"), ("suspend",), ("delete",)):
            done = command(server, "user", arguments[0], boss.email, *arguments[1:])
            self.assertEqual(done.returncode, FAILED, done)
            self.assertIn(b"last active administrator", done.stderr)
        self.assertEqual(server.me(boss.by_bearer).json["role"], "admin")

    def test_of_two_who_demote_each_other_one_stays(self):
        server = self.started()
        for _ in range(5):
            pair = [make_administrator(server), make_administrator(server)]
            for (identifier,) in server.rows("SELECT id FROM accounts WHERE role = 1 AND status = 2"):
                name = str(uuid.UUID(bytes=identifier))
                if name not in {person.user["id"] for person in pair}:
                    self.assertEqual(server.request("DELETE", path_of(name), None, pair[0].by_bearer).status, 204)

            answers = e2e.in_parallel(2, lambda i: server.patch(path_of(pair[1 - i]), {"role": "user"},
                                                                pair[i].by_bearer))

            self.assertEqual(sorted(answer.status for answer in answers)[0], 200, answers)
            self.assertIn(sorted(answer.status for answer in answers)[1], (401, 409), answers)
            self.assertEqual(server.rows("SELECT count(*) FROM accounts WHERE role = 1 AND status = 2"), [(1,)])


class List(e2e.EndToEndTest):
    """Its own server: lists are of all accounts."""

    def setUp(self):
        self.server = self.started()
        self.boss = make_administrator(self.server, "boss@example.org")
        self.people = [self.server.register(f"{name}@example.org", display_name=shown)
                       for name, shown in (("ann", "Ann Lee"), ("bob", "Bob"), ("joanna", "Jo"), ("eve", "Eve Ann"))]

    def listed(self, query="", headers=None):
        answer = self.server.get(USERS + query, {**self.boss.by_bearer, **(headers or {})})
        self.assertEqual(answer.status, 200, answer)
        return answer

    def names(self, query=""):
        return [user["email"].split("@")[0] for user in self.listed(query).json["users"]]

    def patch(self, person, **body):
        answer = self.server.patch(path_of(person), body, self.boss.by_bearer)
        self.assertEqual(answer.status, 200, answer)

    def test_filters_and_search(self):
        ann, bob, joanna, eve = self.people
        self.patch(bob, status="suspended")
        self.patch(joanna, role="guest")
        self.server.request("DELETE", path_of(eve), None, self.boss.by_bearer)

        self.assertEqual(self.names(), ["boss", "ann", "bob", "joanna"])
        self.assertEqual(self.names("?status=suspended"), ["bob"])
        self.assertEqual(self.names("?status=suspended,deleted"), ["bob", "eve"])
        self.assertEqual(self.names("?status=suspended&status=active&role=user,guest"), ["ann", "bob", "joanna"])
        self.assertEqual(self.names("?role=admin"), ["boss"])
        self.assertEqual(self.names("?query=ANN"), ["ann", "joanna"])
        self.assertEqual(self.names("?query=ann&status=deleted"), ["eve"])
        self.assertEqual(self.names("?query=nn%20le"), ["ann"])
        self.assertEqual(self.names("?query=ann%25"), [])
        self.assertEqual(self.names("?query=nobody"), [])
        ids = ",".join(person.user["id"] for person in (joanna, ann))
        self.assertEqual(self.names(f"?ids={ids}&ids={uuid.uuid4()}"), ["ann", "joanna"])
        self.assertEqual(self.listed("?query=bob").json, {"users": [{**bob.user, "status": "suspended", "updated_at":
                         self.listed("?query=bob").json["users"][0]["updated_at"]}]})

    def test_pages_hold_under_inserts_and_deletions(self):
        first = self.listed("?page_size=2").json
        self.assertEqual([user["email"].split("@")[0] for user in first["users"]], ["boss", "ann"])
        self.server.register("late@example.org")
        self.server.request("DELETE", path_of(self.people[0]), None, self.boss.by_bearer)

        seen, token = [], first["next_page_token"]
        while token:
            page = self.listed(f"?page_size=2&page_token={token}").json
            seen += [user["email"].split("@")[0] for user in page["users"]]
            token = page.get("next_page_token")

        self.assertEqual(seen, ["bob", "joanna", "eve", "late"])

    def test_the_last_page_says_so_even_when_it_is_full(self):
        self.assertNotIn("next_page_token", self.listed("?page_size=5").json)
        self.assertIn("next_page_token", self.listed("?page_size=4").json)

    def test_every_wrong_parameter_is_named(self):
        wrong = {"status=odd": ("status", "unknown_value"), "role=user,root": ("role", "unknown_value"),
                 "status=": ("status", "unknown_value"), "ids=7": ("ids", "uuid_malformed"),
                 "page_size=0": ("page_size", "out_of_range"), "page_size=1001": ("page_size", "out_of_range"),
                 "page_size=ten": ("page_size", "wrong_type"), "page_size=99999999999": ("page_size", "wrong_type"),
                 "page_token=x": ("page_token", "page_token_malformed"), "page_token=": ("page_token", "page_token_malformed"),
                 "query=" + "x" * 256: ("query", "too_long"), "query=%ff": ("parameters", "not_utf8"),
                 "query=%0": ("parameters", "not_utf8"), "statuses=active": ("parameters", "unknown_value"),
                 "query=a&query=b": ("parameters", "unknown_value")}
        for query, error in wrong.items():
            with self.subTest(query):
                answer = self.server.get(f"{USERS}?{query}", self.boss.by_bearer)
                self.assert_problem(answer, 422, "invalid_fields", error)
        answer = self.server.get(f"{USERS}?{'&'.join(wrong)}", self.boss.by_bearer)
        self.assertLessEqual({("status", "unknown_value"), ("ids", "uuid_malformed"), ("query", "too_long")},
                             answer.wrong_fields)

    def test_a_stream_has_all_of_them_a_line_each(self):
        lines = {"Accept": "application/json;q=0.5, Application/X-NDJSON"}

        answer = self.listed("?role=user&page_size=1", lines)

        self.assertEqual(answer.headers["Content-Type"], "application/x-ndjson")
        self.assertEqual([json.loads(line) for line in answer.body.splitlines()], [p.user for p in self.people])
        self.assertEqual(self.listed("?query=nobody", lines).body, b"")
        token = self.listed("?page_size=4").json["next_page_token"]
        self.assertEqual(len(self.listed(f"?page_token={token}", lines).body.splitlines()), 1)
        self.assert_problem(self.server.get(f"{USERS}?role=odd", {**self.boss.by_bearer, **lines}), 422,
                            "invalid_fields")
        self.assert_problem(self.server.get(USERS, {**self.people[0].by_bearer, **lines}), 403, "forbidden")

    def test_a_client_that_leaves_a_stream_costs_nothing_more(self):
        answer = self.server.get("/health")  # the connection of a stream is kept alive like any other
        self.assertEqual(answer.status, 200)
        for _ in range(20):
            client = e2e.Client(self.server.port)
            client._connection.request("GET", USERS, None,
                                       {**self.boss.by_bearer, "Accept": "application/x-ndjson"})
            client.close()
        self.assertEqual(self.names("?role=admin"), ["boss"])


class Invitation(AdministrationTest):
    def link_to(self, account):
        """The link of the newest mail to an account, as whoever runs the server may read it."""
        listed = json.loads(command(self.shared, "mail", "list", "--json").stdout)["mails"]
        newest = next(mail for mail in listed if mail.get("account") == account and mail["kind"] == "invitation")
        shown = json.loads(command(self.shared, "mail", "show", newest["id"], "--json").stdout)
        return re.search(r"http://127\.0\.0\.1:\d+(/accept-invitation\?token=(spl_[A-Za-z0-9_-]+))", shown["text"])

    def invited(self, **more):
        user = self.created(**more)
        return user, self.link_to(user["id"])[2]

    def confirm(self, token, password=NEXT, **more):
        return self.shared.post("/v1/auth/invitation/confirm", {"token": token, "password": password, **more})

    def submit(self, fields, **headers):
        body = urllib.parse.urlencode(fields).encode()
        return self.shared.post("/accept-invitation", body, {
            "Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.shared.port}",
            **headers})

    def test_who_is_invited_chooses_a_password_and_is_signed_in(self):
        user, token = self.invited(display_name="Ann", role="guest")
        self.assertEqual((user["status"], user["has_password"], user["email_verified"]), ("pending", False, False))
        self.assert_problem(self.shared.login(user["email"]), 401, "invalid_credentials")

        answer = self.confirm(token, display_name="Anna", device={"id": "phone"})

        self.assertEqual(answer.status, 200, answer)
        ann = SignedIn.of(answer)
        self.assertEqual({name: ann.user[name] for name in ("id", "status", "email_verified", "has_password", "role",
                                                            "display_name")},
                         {"id": user["id"], "status": "active", "email_verified": True, "has_password": True,
                          "role": "guest", "display_name": "Anna"})
        self.assertEqual(ann.device_id, "phone")
        for headers in (ann.by_bearer, ann.by_cookie):
            self.assertEqual(self.shared.me(headers).json, ann.user)
        self.assertEqual(self.shared.refresh(ann.refresh_token).status, 200)
        self.assertEqual(self.shared.login(user["email"], NEXT).status, 200)
        self.assert_problem(self.confirm(token), 422, "flow_invalid")

    def test_the_mail_names_who_invites(self):
        self.patch(self.boss, {"display_name": "Bo the Boss"})
        user = self.created()
        listed = json.loads(command(self.shared, "mail", "list", "--json").stdout)["mails"]
        newest = next(mail for mail in listed if mail.get("account") == user["id"])
        self.assertIn("Bo the Boss invites you",
                      json.loads(command(self.shared, "mail", "show", newest["id"], "--json").stdout)["subject"])

    def test_of_two_at_once_one_is_signed_in(self):
        user, token = self.invited()
        answers = e2e.in_parallel(4, lambda number: self.confirm(token, NEXT + str(number)))
        self.assertEqual(sorted(answer.status for answer in answers), [200, 422, 422, 422])

    def test_what_is_refused_uses_nothing_up(self):
        user, token = self.invited()
        self.assert_problem(self.confirm(token, "short"), 422, "invalid_fields", ("password", "too_short"))
        self.assert_problem(self.confirm("spl_x", NEXT), 422, "invalid_fields", ("token", "link_malformed"))
        self.assert_problem(self.confirm(token, display_name=""), 422, "invalid_fields", ("display_name", "too_short"))
        self.assert_problem(self.shared.post("/v1/auth/invitation/confirm", {}), 422, "invalid_fields",
                            ("token", "missing"), ("password", "missing"))
        other = token[:-2] + ("AA" if token[-2:] != "AA" else "BA")
        self.assert_problem(self.confirm(other), 422, "flow_invalid")
        self.assertEqual(self.confirm(token).status, 200)

    def test_an_invitation_sent_again_replaces_the_one_before(self):
        user, first = self.invited()

        self.assertEqual(self.ask("POST", path_of(user["id"], "/invitation")).status, 204)
        second = self.link_to(user["id"])[2]

        self.assertNotEqual(first, second)
        self.assert_problem(self.confirm(first), 422, "flow_invalid")
        done = command(self.shared, "user", "invite", user["email"], "--json")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.confirm(self.link_to(user["id"])[2]).status, 200)
        self.assert_problem(self.ask("POST", path_of(user["id"], "/invitation")), 409, "not_invited")
        self.assertIn(b"waits for nobody", command(self.shared, "user", "invite", user["email"]).stderr)
        self.assert_problem(self.ask("POST", path_of(uuid.uuid4(), "/invitation")), 404, "account_not_found")

    def test_who_was_not_there_yet_can_be_suspended_and_not_activated(self):
        user, token = self.invited()
        self.assert_problem(self.patch(user["id"], {"status": "active"}), 409, "password_missing")
        self.assertEqual(self.patch(user["id"], {"status": "suspended"}).status, 200)
        self.assert_problem(self.confirm(token), 422, "flow_invalid")
        self.assertEqual(self.ask("PUT", path_of(user["id"], "/password"), {"password": NEXT}).status, 204)
        self.assertEqual(self.patch(user["id"], {"status": "active"}).status, 200)
        self.assertEqual(self.shared.login(user["email"], NEXT).status, 200)

    def test_the_page_uses_nothing_up_before_the_button(self):
        user = self.created(display_name="<Ann>")
        link = self.link_to(user["id"])
        for _ in range(3):
            page = self.shared.get(link[1])
            self.assertEqual(page.status, 200, page)
        self.assertIn(b"&lt;Ann&gt;", page.body)
        self.assertIn(link[2].encode(), page.body)
        self.assertEqual(page.headers["Cache-Control"], "no-store")

        short = self.submit({"token": link[2], "password": "short", "display_name": "Ann"})
        self.assertEqual(short.status, 422)
        self.assertIn(b"too short", short.body)
        self.assertEqual(self.submit({"token": link[2], "password": ""}).status, 422)
        elsewhere = self.submit({"token": link[2], "password": NEXT}, Origin="https://evil.example")
        self.assert_problem(elsewhere, 403, "csrf_refused")
        done = self.submit({"token": link[2], "password": NEXT, "display_name": ""})

        self.assertEqual(done.status, 200, done)
        self.assertIn(b"signed in", done.body)
        cookie = {"Cookie": "sallyport=" + done.cookies["sallyport"].value}
        self.assertEqual(self.shared.me(cookie).json["display_name"], "<Ann>")
        for dead in (self.shared.get(link[1]), self.submit({"token": link[2], "password": NEXT}),
                     self.shared.get("/accept-invitation"), self.shared.get("/accept-invitation?token=%zz"),
                     self.submit({"token": "x", "password": NEXT})):
            self.assertEqual(dead.status, 422)
            self.assertIn(b"was used before, has expired", dead.body)

    def test_no_token_stands_in_the_log_or_in_the_database(self):
        user, token = self.invited()
        self.shared.get("/accept-invitation?token=" + token)
        self.confirm(token)
        self.assertNotIn(token, self.shared.errors() + self.shared.output())
        secret = e2e.unbase64url(token[4:])[16:]
        for file in self.shared.data.glob("sallyport.db*"):
            self.assertNotIn(token.encode(), file.read_bytes())
            self.assertNotIn(secret, file.read_bytes())


class CommandLine(e2e.EndToEndTest):
    def run_on(self, *arguments, stdin=None, status=0):
        done = command(self.server_, *arguments, stdin=stdin)
        self.assertEqual(done.returncode, status, done)
        return done

    def json_of(self, *arguments, **options):
        return json.loads(self.run_on(*arguments, "--json", **options).stdout)

    def in_both_modes(self):
        """Once with the server running, once without; it runs again afterwards."""
        for name in ("served", "offline"):
            if name == "offline":
                self.assertEqual(self.server_.stop(), 0)
            with self.subTest(name):
                yield name
        self.server_.start()

    def setUp(self):
        self.server_ = self.started()

    def test_the_life_of_an_account(self):
        for mode in self.in_both_modes():
            email = f"ann.{mode}@example.org"
            made = self.json_of("user", "create", email, "--display-name", "Ann", "--role", "guest", "--locale", "de",
                                "--timezone", "Europe/Zurich", "--password-stdin", stdin=PASSWORD + "\n")["user"]
            self.assertEqual((made["status"], made["role"], made["locale"]), ("active", "guest", "de"))

            changed = self.json_of("user", "update", email, "--role", "user", "--display-name", "Anna", "--clear",
                                   "locale", "--email", "new." + email)["user"]
            self.assertEqual((changed["role"], changed["display_name"], changed["email"]),
                             ("user", "Anna", "new." + email))
            self.assertNotIn("locale", changed)
            self.assertEqual(changed["timezone"], "Europe/Zurich")
            self.run_on("user", "set-password", made["id"], "--password-stdin", stdin=NEXT + "\n")
            self.assertEqual(self.json_of("user", "suspend", made["id"])["user"]["status"], "suspended")
            self.assertEqual(self.json_of("user", "activate", made["id"])["user"]["status"], "active")
            self.assertEqual(self.json_of("user", "revoke-sessions", made["id"])["sessions_ended"], 0)
            self.run_on("user", "delete", made["id"])
            self.assertIn(made["id"], [u["id"] for u in self.json_of("user", "list", "--status", "deleted")["users"]])
            self.assertEqual(self.json_of("user", "show", made["id"])["user"]["status"], "deleted")
            self.assertEqual(self.json_of("user", "restore", made["id"])["user"]["status"], "active")
            events = [event["event"] for event in
                      self.json_of("audit", "list", "--account", made["id"])["events"]]
            self.assertEqual(events, ["account_restored", "account_status_changed", "all_sessions_ended",
                                      "account_status_changed", "account_status_changed", "password_set", "role_changed",
                                      "address_changed", "profile_changed", "account_created"])
        for mode in ("served", "offline"):
            self.assertEqual(self.server_.login(f"new.ann.{mode}@example.org", NEXT).status, 200)

    def test_errors_are_told_with_a_sentence(self):
        ann, bob = self.server_.register(), self.server_.register()
        for _ in self.in_both_modes():
            for arguments, stdin, sentence in (
                    (("create", ann.email, "--password-stdin"), PASSWORD, b"exists already"),
                    (("create", "nobody", "--password-stdin"), "short",
                     b"email email_malformed, password too_short"),
                    (("create", fresh_email(), "--password-stdin"), "", b"no password"),
                    (("set-password", ann.email, "--password-stdin"), "password1234", b"password too_common"),
                    (("set-password", "nobody@example.org", "--password-stdin"), PASSWORD, b"no such account"),
                    (("update", ann.email, "--email", bob.email), "", b"exists already"),
                    (("update", ann.email, "--timezone", "Mars/Base"), "", b"timezone time_zone_unknown"),
                    (("update", "nobody@example.org", "--role", "user"), "", b"no such account"),
                    (("restore", ann.user["id"]), "", b"not deleted"),
                    (("restore", ann.email), "", b"only its id"),
                    (("restore", str(uuid.uuid4())), "", b"no such account"),
                    (("revoke-sessions", "nobody@example.org"), "", b"no such account")):
                with self.subTest(arguments):
                    done = self.run_on("user", *arguments, stdin=stdin, status=FAILED)
                    self.assertIn(sentence, done.stderr)
        for arguments in (("update", ann.email, "--role", "king"), ("list", "--role", "king"), ("create",),
                          ("list", "--ndjson", "--limit", "5"), ("update", ann.email, "--clear", "email")):
            self.run_on("user", *arguments, status=2)

    def test_who_is_invited_without_a_server_takes_the_account_when_there_is_one(self):
        self.server_.stop()
        made = self.json_of("user", "create", "ann@example.org", "--invite")["user"]
        self.assertEqual((made["status"], made["has_password"]), ("pending", False))
        self.run_on("user", "create", "bob@example.org", "--invite", "--password-stdin", status=2)
        done = self.run_on("user", "activate", made["id"], status=FAILED)
        self.assertIn(b"user invite", done.stderr)
        self.server_.start()
        mail = self.json_of("mail", "list")["mails"][0]
        token = re.search(r"token=(spl_[A-Za-z0-9_-]+)", self.json_of("mail", "show", mail["id"])["text"])[1]

        answer = self.server_.post("/v1/auth/invitation/confirm", {"token": token, "password": PASSWORD})

        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.server_.login("ann@example.org").status, 200)

    def test_a_list_of_all_is_a_line_each(self):
        people = [self.server_.register() for _ in range(3)]
        for _ in self.in_both_modes():
            lines = self.run_on("user", "list", "--ndjson").stdout.splitlines()
            self.assertEqual([json.loads(line) for line in lines], [person.user for person in people])
            self.assertEqual(self.run_on("user", "list", "--ndjson", "--role", "admin").stdout, b"")


if __name__ == "__main__":
    e2e.main()
