"""What people do with their own data: profile, phone, picture, export, and the end of the account."""
import base64
import os
import sqlite3
import subprocess

import pictures
import sallyport_process as e2e
from sallyport_process import PASSWORD, fresh_email


def make_stale(server, person):
    """The session's proof of identity is an hour old from now on; the server must not run."""
    with sqlite3.connect(server.database_file) as connection:
        connection.execute("UPDATE sessions SET auth_time = auth_time - 3600000000 WHERE id = ?",
                           (e2e.uuid_bytes(person.session_id),))
    connection.close()


def put(server, person, picture, content_type="image/png"):
    return server.request("PUT", "/v1/auth/me/avatar", picture, {**person.by_bearer, "Content-Type": content_type})


class Profile(e2e.SharedServerTest):
    def test_the_user_document_has_all_of_it(self):
        ann = self.shared.register()
        change = {"display_name": "Ann", "locale": "de-CH", "timezone": "Europe/Zurich", "phone": "+41443640000"}

        answer = self.shared.patch("/v1/auth/me", change, ann.by_bearer)

        self.assertEqual(answer.status, 200, answer)
        self.assertLessEqual(change.items(), answer.json.items())
        me = self.shared.me(ann.by_bearer).json
        self.assertLessEqual(change.items(), me.items())
        self.assertIs(me["phone_verified"], False)
        self.assertLessEqual(change.items(), self.shared.login(ann.email).json["user"].items())

    def test_a_phone_number_is_cleared_by_null_and_left_alone_by_absence(self):
        ann = self.shared.register()
        self.shared.patch("/v1/auth/me", {"phone": "+41443640001"}, ann.by_bearer)
        self.assertEqual(self.shared.patch("/v1/auth/me", {"locale": "en"}, ann.by_bearer).json["phone"], "+41443640001")

        answer = self.shared.patch("/v1/auth/me", {"phone": None}, ann.by_bearer)

        self.assertEqual(answer.status, 200, answer)
        self.assertNotIn("phone", {name for name, value in answer.json.items() if value is not None})

    def test_wrong_values_are_all_named(self):
        ann = self.shared.register()
        for phone in ("044 364 00 00", "+0443640000", "+12", "+1234567890123456", ""):
            with self.subTest(phone=phone):
                self.assert_problem(self.shared.patch("/v1/auth/me", {"phone": phone, "timezone": "Mars"}, ann.by_bearer),
                                    422, "invalid_fields", ("phone", "phone_malformed"))

    def test_nobody_learns_whether_another_account_has_the_number(self):
        ann, bob = self.shared.register(), self.shared.register()

        answers = [self.shared.patch("/v1/auth/me", {"phone": "+41443640002"}, person.by_bearer) for person in (ann, bob)]

        self.assertEqual([answer.status for answer in answers], [200, 200])


class StaleSession(e2e.EndToEndTest):
    def test_a_phone_number_needs_a_fresh_password_and_the_rest_does_not(self):
        server = self.started()
        ann = server.register()
        server.stop()
        make_stale(server, ann)
        server.start()

        self.assert_problem(server.patch("/v1/auth/me", {"phone": "+41443640000", "locale": "en"}, ann.by_bearer), 403,
                            "fresh_authentication_required")
        self.assertEqual(server.patch("/v1/auth/me", {"locale": "en"}, ann.by_bearer).status, 200)
        self.assertEqual(server.post("/v1/auth/reauthenticate", {"password": PASSWORD}, ann.by_bearer).status, 204)
        self.assertEqual(server.patch("/v1/auth/me", {"phone": "+41443640000"}, ann.by_bearer).status, 200)


class Avatar(e2e.SharedServerTest):
    settings = ("avatar.max_bytes=200000", "avatar.max_side=512")

    def test_a_picture_of_each_type_is_shown_to_everybody_who_knows_its_address(self):
        for content_type, picture in pictures.by_type().items():
            with self.subTest(content_type=content_type):
                ann = self.shared.register()

                answer = put(self.shared, ann, picture, content_type)

                self.assertEqual(answer.status, 200, answer)
                url = answer.json["avatar_url"]
                self.assertEqual(self.shared.me(ann.by_bearer).json["avatar_url"], url)
                shown = self.shared.get(url)
                self.assertEqual((shown.status, shown.body), (200, picture))
                self.assertEqual(shown.headers["Content-Type"], content_type)
                self.assertEqual(shown.headers["X-Content-Type-Options"], "nosniff")
                self.assertIn("sandbox", shown.headers["Content-Security-Policy"])
                self.assertIn("immutable", shown.headers["Cache-Control"])
                again = self.shared.get(url, {"If-None-Match": shown.headers["ETag"]})
                self.assertEqual((again.status, again.body), (304, b""))
                head = self.shared.request("HEAD", url)
                self.assertEqual((head.status, head.body), (200, b""))

    def test_a_large_picture_comes_in_pieces_and_whole(self):
        ann = self.shared.register()
        for size in (65535, 65536, 65537, 131072, 200000):
            picture = pictures.png(size=size)
            url = put(self.shared, ann, picture).json["avatar_url"]
            self.assertEqual(self.shared.get(url).body, picture)
            self.assertEqual(self.shared.request("HEAD", url).body, b"")

    def test_another_picture_has_another_address_and_the_old_one_is_gone(self):
        ann = self.shared.register()
        old = put(self.shared, ann, pictures.png()).json["avatar_url"]
        new = put(self.shared, ann, pictures.png()).json["avatar_url"]

        self.assert_problem(self.shared.get(old), 404, "picture_not_found")
        self.assertEqual(self.shared.get(new).status, 200)
        self.assertTrue(e2e.eventually(lambda: self.files() == {os.path.basename(new)} | self.shown(), 15))

    def shown(self):
        return {avatar for (avatar,) in self.shared.rows("SELECT avatar FROM accounts WHERE avatar IS NOT NULL")}

    def files(self):
        folder = self.shared.data / "avatars"
        return set(os.listdir(folder)) if folder.exists() else set()

    def test_a_picture_is_taken_away(self):
        ann = self.shared.register()
        url = put(self.shared, ann, pictures.png()).json["avatar_url"]

        for _ in range(2):
            self.assertEqual(self.shared.request("DELETE", "/v1/auth/me/avatar", None, ann.by_bearer).status, 204)

        self.assert_problem(self.shared.get(url), 404, "picture_not_found")
        self.assertIsNone(self.shared.me(ann.by_bearer).json.get("avatar_url"))
        self.assertTrue(e2e.eventually(lambda: os.path.basename(url) not in self.files(), 15))

    def test_files_belong_to_the_server_alone(self):
        ann = self.shared.register()
        name = os.path.basename(put(self.shared, ann, pictures.png()).json["avatar_url"])
        self.assertEqual((self.shared.data / "avatars" / name).stat().st_mode & 0o777, 0o600)
        self.assertEqual((self.shared.data / "avatars").stat().st_mode & 0o777, 0o700)

    def test_what_is_no_picture_is_refused_by_its_bytes(self):
        ann = self.shared.register()
        cases = ((b"", "image/png", "image_malformed"), (b"<svg onload=alert(1)>", "image/png", "image_malformed"),
                 (pictures.png()[:20], "image/png", "image_malformed"),
                 (pictures.jpeg(), "image/png", "image_type_differs"),
                 (pictures.png(513, 4), "image/png", "image_too_large"),
                 (pictures.webp(4, 513), "image/webp", "image_too_large"))
        for picture, content_type, rule in cases:
            with self.subTest(rule=rule, content_type=content_type):
                self.assert_problem(put(self.shared, ann, picture, content_type), 422, "invalid_fields", ("avatar", rule))
        self.assertIsNone(self.shared.me(ann.by_bearer).json.get("avatar_url"))

    def test_other_types_and_larger_ones_are_refused(self):
        ann = self.shared.register()
        for content_type in ("image/gif", "image/svg+xml", "application/json", "text/html"):
            self.assert_problem(put(self.shared, ann, pictures.png(), content_type), 415, "unsupported_media_type")
        self.assert_problem(put(self.shared, ann, pictures.png(size=200001)), 413, "body_too_large")

    def test_only_who_is_signed_in_and_on_the_own_site_changes_it(self):
        ann = self.shared.register()
        head = {"Content-Type": "image/png"}
        self.assert_problem(self.shared.request("PUT", "/v1/auth/me/avatar", pictures.png(), head), 401,
                            "not_authenticated")
        elsewhere = {**head, **ann.by_cookie, "Origin": "https://evil.example"}
        self.assert_problem(self.shared.request("PUT", "/v1/auth/me/avatar", pictures.png(), elsewhere), 403,
                            "csrf_refused")

    def test_nothing_else_is_shown(self):
        for name in ("x", "AAAAAAAAAAAAAAAAAAAAAA.png", "..%2fmaster.key", "..%2F..%2Fmaster.key.png", "AAAA.png%00"):
            answer = self.shared.get("/v1/avatars/" + name)
            self.assertIn(answer.status, (400, 404), answer)


class Upload(e2e.SharedServerTest):
    settings = ("avatar.max_bytes=200000",)

    def offer(self, person, content_type="image/png", size=100):
        return self.shared.post("/v1/auth/me/avatar/upload", {"content_type": content_type, "content_size": size},
                                person.by_bearer)

    def confirm(self, person):
        return self.shared.post("/v1/auth/me/avatar/confirm", None, person.by_bearer)

    def upload(self, person, picture, content_type="image/png"):
        offered = self.offer(person, content_type, len(picture)).json
        return self.shared.request("PUT", offered["upload_url"], picture, {"Content-Type": content_type})

    def test_a_picture_is_uploaded_and_confirmed(self):
        ann, picture = self.shared.register(), pictures.png(size=3000)

        self.assertEqual(self.upload(ann, picture).status, 204)
        self.assertIsNone(self.shared.me(ann.by_bearer).json.get("avatar_url"))
        answer = self.confirm(ann)

        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.shared.get(answer.json["avatar_url"]).body, picture)
        self.assert_problem(self.confirm(ann), 404, "upload_not_found")

    def test_what_was_not_announced_is_refused(self):
        ann = self.shared.register()
        url = self.offer(ann, "image/png", len(pictures.png(size=300))).json["upload_url"]
        head = {"Content-Type": "image/png"}
        self.assert_problem(self.shared.request("PUT", url, pictures.png(size=301), head), 422, "invalid_fields",
                            ("avatar", "image_size_differs"))
        self.assert_problem(self.shared.request("PUT", url, pictures.png(size=300), {"Content-Type": "image/webp"}), 422,
                            "invalid_fields", ("avatar", "image_type_differs"))
        self.assert_problem(self.confirm(ann), 404, "upload_not_found")

    def test_what_is_no_picture_is_refused_when_it_is_confirmed_and_gone(self):
        ann = self.shared.register()
        self.assertEqual(self.upload(ann, b"<script>" + os.urandom(100)).status, 204)

        self.assert_problem(self.confirm(ann), 422, "invalid_fields", ("avatar", "image_malformed"))

        self.assert_problem(self.confirm(ann), 404, "upload_not_found")
        self.assertTrue(e2e.eventually(lambda: not os.listdir(self.shared.data / "uploads"), 15))

    def test_wrong_offers_name_their_fields(self):
        ann = self.shared.register()
        for body, *wrong in (({}, ("content_type", "missing"), ("content_size", "missing")),
                             ({"content_type": "image/gif", "content_size": 0}, ("content_type", "unknown_value"),
                              ("content_size", "out_of_range")),
                             ({"content_type": "image/png", "content_size": 200001}, ("content_size", "out_of_range"))):
            self.assert_problem(self.shared.post("/v1/auth/me/avatar/upload", body, ann.by_bearer), 422,
                                "invalid_fields", *wrong)

    def test_an_address_is_good_for_nobody_who_guesses_it(self):
        answer = self.shared.request("PUT", "/v1/avatars/uploads/AAAAAAAAAAAAAAAAAAAAAA", pictures.png(),
                                     {"Content-Type": "image/png"})
        self.assert_problem(answer, 404, "upload_not_found")


class Killed(e2e.EndToEndTest):
    def test_a_server_that_dies_leaves_no_account_without_its_picture_and_no_file_that_nobody_knows(self):
        server = self.started()
        people = [server.register() for _ in range(3)]
        said = {}
        for round_number in range(6):
            def change(number):
                person = people[number]
                try:
                    while True:
                        said[number] = put(server, person, pictures.png(size=20000 + number)).json["avatar_url"]
                except (OSError, e2e.http.client.HTTPException, TypeError, KeyError):
                    return
            killer = e2e.threading.Timer(0.05 + 0.06 * round_number, server.process.kill)
            killer.start()
            e2e.in_parallel(len(people), change)
            killer.join()
            server.wait()
            server.start()
            self.assert_whole(server)
        for number, person in enumerate(people):  # what was said last is there, or what came after it
            self.assertEqual(server.get(server.me(person.by_bearer).json["avatar_url"]).status, 200)

        server.stop()
        with sqlite3.connect(server.database_file) as connection:  # ten minutes later
            connection.execute("UPDATE leftover_pictures SET due_at = 0")
        connection.close()
        server.start()

        shown = {avatar for (avatar,) in server.rows("SELECT avatar FROM accounts WHERE avatar IS NOT NULL")}
        self.assertTrue(e2e.eventually(lambda: set(os.listdir(server.data / "avatars")) == shown, 20))
        self.assertTrue(e2e.eventually(lambda: server.rows("SELECT count(*) FROM leftover_pictures") == [(0,)], 20))

    def assert_whole(self, server):
        shown = {avatar for (avatar,) in server.rows("SELECT avatar FROM accounts WHERE avatar IS NOT NULL")}
        noted = {os.path.basename(path) for (path,) in server.rows("SELECT object FROM leftover_pictures")}
        files = {name.removesuffix(".part") for name in os.listdir(server.data / "avatars")}
        self.assertLessEqual(shown, files)
        self.assertLessEqual(files, shown | noted)


def export(server, person):
    return server.get("/v1/auth/me/export", person.by_bearer)


# Where the rows of each table that names an account are in the export, or why they are not.
EXPORTED = {"credentials": "account.password_stored_at", "sessions": "sessions", "audit_events": "events",
            "outbox": "mails", "flows": "links_and_codes"}
NOT_EXPORTED = {"leftover_pictures": "an upload that is awaited for minutes, of which nothing is known but its size",
                "idempotency_keys": "keyed digests of a request, for a day"}
# What is kept of an account that was erased.
KEPT = {"audit_events": "the chain must stay whole; audit_persons, who it was, is erased",
        "idempotency_keys": "keyed digests, gone after a day"}


def tables_of_accounts(server):
    return {table for (table,) in server.rows(
        "SELECT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c.name = 'account_id'")}


class Export(e2e.SharedServerTest):
    def test_it_holds_everything_and_no_secret(self):
        picture = pictures.png(size=150000)
        ann = self.shared.register(display_name="Ann", locale="de")
        self.shared.patch("/v1/auth/me", {"phone": "+41443640000"}, ann.by_bearer)
        put(self.shared, ann, picture)
        self.shared.login(ann.email, device={"id": "phone", "name": "My phone", "metadata": {"os": "9"}})
        self.shared.login(ann.email, "wrong-Password-1")
        self.shared.post("/v1/auth/password", {"current_password": PASSWORD, "new_password": "another-Horse-8-battery"},
                         ann.by_bearer)

        answer = export(self.shared, ann)

        self.assertEqual(answer.status, 200, answer)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        data = answer.json
        self.assertLessEqual({"email": ann.email, "display_name": "Ann", "locale": "de", "phone": "+41443640000"}.items(),
                             data["account"].items())
        self.assertEqual(b"".join(base64.b64decode(piece) for piece in data["avatar"]["base64"]), picture)
        phone = next(session for session in data["sessions"] if session["device_id"] == "phone")
        self.assertEqual((phone["device_name"], phone["metadata"], phone["ip"]), ("My phone", {"os": "9"}, "127.0.0.1"))
        self.assertIn("ended_at", phone)
        events = [event["event"] for event in data["events"]]
        self.assertEqual(events[0], "account_registered")
        self.assertIn("password_changed", events)
        self.assertEqual(data["events"][0]["from"]["ip"], "127.0.0.1")
        self.assertIn("password_changed", [mail["kind"] for mail in data["mails"]])
        text = answer.body.decode()
        for secret in ("argon2", ann.access_token, ann.refresh_token, ann.cookie, "sps_", "spr_", "digest", "verifier"):
            self.assertNotIn(secret, text)

    def test_a_long_history_comes_whole(self):
        ann = self.shared.register()
        for number in range(230):
            self.shared.patch("/v1/auth/me", {"display_name": f"Ann {number}"}, ann.by_bearer)
        events = export(self.shared, ann).json["events"]
        self.assertEqual([event["event"] for event in events], ["account_registered"] + ["profile_changed"] * 230)

    def test_nothing_of_others_is_in_it(self):
        ann, bob = self.shared.register(), self.shared.register()
        text = export(self.shared, ann).body.decode()
        for theirs in (bob.email, bob.user["id"], bob.session_id):
            self.assertNotIn(theirs, text)
        self.assert_problem(self.shared.get("/v1/auth/me/export"), 401, "not_authenticated")

    def test_what_operators_did_is_told_without_who_they_are(self):
        ann = self.shared.register()
        done = subprocess.run([e2e.Server.binary, "user", "revoke-sessions", ann.email, "--data", str(self.shared.data)],
                              capture_output=True, env=e2e.clean_environment(), check=False)
        self.assertEqual(done.returncode, 0, done)
        ann = e2e.SignedIn.of(self.shared.login(ann.email))
        event = next(event for event in export(self.shared, ann).json["events"] if event["event"] == "all_sessions_ended")
        self.assertNotIn("from", event)

    def test_every_table_that_names_an_account_is_in_it_or_has_a_reason(self):
        self.assertEqual(tables_of_accounts(self.shared), EXPORTED.keys() | NOT_EXPORTED.keys())


class Delete(e2e.SharedServerTest):
    def delete(self, person, body=None, headers=None):
        return self.shared.request("DELETE", "/v1/auth/me", body, {**person.by_bearer, **(headers or {})})

    def test_a_deleted_account_is_over_at_once(self):
        ann = self.shared.register()
        phone = e2e.SignedIn.of(self.shared.login(ann.email, device={"id": "phone"}))
        url = put(self.shared, ann, pictures.png()).json["avatar_url"]
        self.assertEqual(self.shared.me(phone.by_bearer).status, 200)

        answer = self.delete(ann, {"current_password": PASSWORD})

        self.assertEqual((answer.status, answer.body), (204, b""), answer)
        self.assertEqual(answer.cookies["sallyport"].value, "")
        for device in (ann, phone):
            self.assert_problem(self.shared.me(device.by_bearer), 401, "session_expired")
            self.assert_problem(self.shared.me(device.by_cookie), 401, "session_expired")
            self.assert_problem(self.shared.refresh(device.refresh_token), 401, "session_expired")
        self.assert_problem(self.shared.login(ann.email), 401, "invalid_credentials")
        self.assert_problem(self.shared.get(url), 404, "picture_not_found")
        mails = self.shared.rows("SELECT kind FROM outbox WHERE account_id = ?", e2e.uuid_bytes(ann.user["id"]))
        self.assertIn(("account_deleted",), mails)
        self.shared.register(ann.email)

    def test_a_fresh_authentication_is_as_good_as_the_password(self):
        self.assertEqual(self.delete(self.shared.register()).status, 204)

    def test_a_wrong_password_deletes_nothing(self):
        ann = self.shared.register()
        self.assert_problem(self.delete(ann, {"current_password": "not-It-1-really"}), 403, "wrong_password",
                            ("current_password", "wrong"))
        self.assert_problem(self.delete(ann, {"current_password": 5}), 422, "invalid_fields",
                            ("current_password", "wrong_type"))
        self.assert_problem(self.delete(ann, b"x", {"Content-Type": "text/plain"}), 415, "unsupported_media_type")
        self.assertEqual(self.shared.me(ann.by_bearer).status, 200)

    def test_a_browser_deletes_from_its_own_site_only(self):
        ann = self.shared.register()
        elsewhere = {**ann.by_cookie, "Origin": "https://evil.example"}
        self.assert_problem(self.shared.request("DELETE", "/v1/auth/me", None, elsewhere), 403, "csrf_refused")

    def test_the_last_administrator_stays(self):
        done = subprocess.run([e2e.Server.binary, "admin", "create", "boss@example.org", "--password-stdin", "--data",
                               str(self.shared.data)], input=PASSWORD.encode(), capture_output=True,
                              env=e2e.clean_environment(), check=False)
        self.assertEqual(done.returncode, 0, done)
        boss = e2e.SignedIn.of(self.shared.login("boss@example.org"))
        self.assert_problem(self.delete(boss, {"current_password": PASSWORD}), 409, "last_administrator")
        self.assertEqual(self.shared.me(boss.by_bearer).status, 200)


class Erasure(e2e.EndToEndTest):
    def test_a_stale_session_needs_the_password(self):
        server = self.started()
        ann = server.register()
        server.stop()
        make_stale(server, ann)
        server.start()
        self.assert_problem(server.request("DELETE", "/v1/auth/me", None, ann.by_bearer), 403,
                            "fresh_authentication_required")
        self.assert_problem(export(server, ann), 403, "fresh_authentication_required")
        self.assertEqual(server.request("DELETE", "/v1/auth/me", {"current_password": PASSWORD}, ann.by_bearer).status, 204)

    def test_an_account_that_cannot_be_restored_any_more_is_erased_and_nothing_of_it_is_left(self):
        server = self.started(settings=("accounts.restore_window=0s",))
        ann, bob = server.register(), server.register()
        put(server, ann, pictures.png())
        server.login(ann.email, device={"id": "phone"})
        self.assertEqual(server.request("DELETE", "/v1/auth/me", None, ann.by_bearer).status, 204)
        server.restart()

        def left():
            rows = {table: server.rows(f"SELECT count(*) FROM {table} WHERE account_id = ?", e2e.uuid_bytes(ann.user["id"]))[0][0]
                    for table in tables_of_accounts(server) - KEPT.keys()}
            rows["accounts"] = server.rows("SELECT count(*) FROM accounts WHERE id = ?", e2e.uuid_bytes(ann.user["id"]))[0][0]
            rows["audit_persons"] = server.rows(
                "SELECT count(*) FROM audit_persons p JOIN audit_events e USING (stream, sequence) WHERE e.account_id = ?",
                e2e.uuid_bytes(ann.user["id"]))[0][0]
            rows["files"] = len(os.listdir(server.data / "avatars"))
            return {table: count for table, count in rows.items() if count}

        self.assertTrue(e2e.eventually(lambda: not left(), 20), left())
        self.assertEqual(server.me(bob.by_bearer).status, 200)
        done = subprocess.run([e2e.Server.binary, "audit", "verify", "--data", str(server.data)], capture_output=True,
                              env=e2e.clean_environment(), check=False)
        self.assertEqual(done.returncode, 0, done)
        server.stop()
        for name in os.listdir(server.data):
            if (server.data / name).is_file():
                self.assertNotIn(ann.email.encode(), (server.data / name).read_bytes(), name)

    def test_within_its_window_nothing_is_erased(self):
        server = self.started()
        ann = server.register()
        self.assertEqual(server.request("DELETE", "/v1/auth/me", None, ann.by_bearer).status, 204)
        server.restart()
        self.assertEqual(server.rows("SELECT email, status FROM accounts WHERE id = ?", e2e.uuid_bytes(ann.user["id"])),
                         [(ann.email, 4)])


class Backup(e2e.EndToEndTest):
    def run_on(self, server, *arguments):
        done = subprocess.run([e2e.Server.binary, *arguments, "--data", str(server.data)], capture_output=True, text=True,
                              env=e2e.clean_environment(), check=False)
        self.assertEqual(done.returncode, 0, done)
        return done

    def test_pictures_are_in_it_and_come_back(self):
        server = self.started()
        ann, bob, eve = (server.register() for _ in range(3))
        picture = pictures.png(size=70000)
        url = put(server, ann, picture).json["avatar_url"]
        lost = put(server, eve, pictures.png()).json["avatar_url"]
        os.remove(server.data / "avatars" / os.path.basename(lost))  # as if it was replaced while the backup ran
        backup = self.folder() / "backup.db"

        self.run_on(server, "backup", str(backup))
        put(server, bob, pictures.png())
        restored = self.server(data=self.folder() / "data")
        self.run_on(restored, "restore", str(backup))
        os.link(server.data / "master.key", restored.data / "master.key")
        restored.start()

        self.assertEqual(restored.get(url).body, picture)
        self.assertEqual(os.listdir(restored.data / "avatars"), [os.path.basename(url)])
        self.assertIsNone(restored.me(eve.by_cookie).json.get("avatar_url"))
        self.assertEqual(restored.rows("SELECT count(*) FROM sqlite_schema WHERE name = 'backup_pictures'"), [(0,)])
        self.assertEqual(put(restored, ann, pictures.png()).status, 200)


if __name__ == "__main__":
    e2e.main()
