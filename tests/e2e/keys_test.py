"""Keys of the running program: made, rotated, exported and imported, while nobody is signed out by it."""
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import threading
import time

import sallyport_process as e2e
from sallyport_process import bearer, unbase64url

FAILED, WRONG_CONFIGURATION = 1, 2
SHORT_NOTICE = "token.key_notice=1s"  # and another second for each of the reloads that the notice allows for
AUDIENCE = "token.audience=shop"

try:
    import jwt
except ImportError as missing:
    print(f"python3-jwt is not installed: {missing}")
    raise SystemExit(77 if os.environ.get("SALLYPORT_TEST_OPTIONAL") == "1" else 1)


class Done:
    def __init__(self, *arguments, data=None, environment=None, settings=()):
        where = ["--data", str(data)] if data else []
        flags = [flag for setting in settings for flag in ("--set", setting)]
        done = subprocess.run([e2e.Server.binary, *arguments, *where, *flags], capture_output=True, timeout=60,
                              env={**e2e.clean_environment(), **(environment or {})})
        self.status, self.output, self.errors = done.returncode, done.stdout.decode(), done.stderr.decode()

    @property
    def json(self):
        return json.loads(self.output)

    def __repr__(self):
        return f"<{self.status} {self.output!r} {self.errors!r}>"


class KeysTest(e2e.EndToEndTest):
    def keys(self, server, *arguments, status=0, **options):
        settings = options.pop("settings", server.settings)
        done = Done("keys", *arguments, data=server.data, settings=settings, **options)
        self.assertEqual(done.status, status, done)
        self.assertNotIn("Sanitizer", done.errors)
        return done

    def key_list(self, server):
        return self.keys(server, "list", "--json").json["keys"]

    def states(self, server):
        return [key["state"] for key in self.key_list(server)]

    def current(self, server):
        return next(key for key in self.key_list(server) if key["state"] == "current")

    def events(self, server):
        done = Done("audit", "list", "--limit", "1000", "--json", data=server.data)
        self.assertTrue(Done("audit", "verify", "--json", data=server.data).json["is_intact"])
        return [event["event"] for event in done.json["events"]]

    def exported(self, server):
        file = self.folder() / "keys.txt"
        self.keys(server, "export", str(file))
        return file

    def bytes_of(self, folder):
        return {entry.name: entry.read_bytes() for entry in pathlib.Path(folder).iterdir()
                if entry.is_file() and entry.name != "lock"}


class Service:
    """Somebody else's service: verifies access tokens with PyJWT from a key set that it keeps for its max-age."""

    def __init__(self, server):
        self._server = server
        self._lock = threading.Lock()
        self._good_until = 0.0
        self.fetches = 0

    def _keys(self):
        with self._lock:
            if time.monotonic() >= self._good_until:
                asked_at = time.monotonic()
                answer = self._server.get("/.well-known/jwks.json")
                max_age = int(re.search(r"max-age=(\d+)", answer.headers["Cache-Control"])[1])
                self._set = {key["kid"]: jwt.PyJWK(key) for key in answer.json["keys"] if key["alg"] != "v4.public"}
                self._good_until = asked_at + max_age
                self.fetches += 1
            return self._set

    def verify(self, token):
        header = jwt.get_unverified_header(token)
        return jwt.decode(token, self._keys()[header["kid"]].key, [header["alg"]], audience="sallyport",
                          issuer="http://localhost")


class Rotation(KeysTest):
    def test_not_one_token_is_refused_while_keys_rotate_under_load(self):
        server = self.started(settings=[SHORT_NOTICE, "hash.threads=1"])
        people = [server.register() for _ in range(3)]
        service = Service(server)
        refused, is_over, kids = [], threading.Event(), set()

        def check(what, answer, wanted=200):
            if answer.status != wanted:
                refused.append((what, answer))

        def live(number):
            person, client = people[number], e2e.Client(server.port)
            access, refresh = person.access_token, person.refresh_token
            older = []
            while not is_over.is_set():
                answer = client("POST", "/v1/auth/refresh", {"refresh_token": refresh})
                check("refresh", answer)
                older = [*older[-30:], access]
                access, refresh = answer.json["access_token"], answer.json["refresh_token"]
                kids.add(jwt.get_unverified_header(access)["kid"])
                if number == 0:
                    signed_in = client("POST", "/v1/auth/login", {"email": person.email, "password": e2e.PASSWORD,
                                                                  "device": {"id": "the one that signs in"}})
                    check("login", signed_in)
                    check("me after login", client("GET", "/v1/auth/me", None, bearer(signed_in.json["access_token"])))
                for token in (access, person.access_token, *older):
                    check("me", client("GET", "/v1/auth/me", None, bearer(token)))
                    try:
                        service.verify(token)
                    except Exception as error:  # pylint: disable=broad-exception-caught
                        refused.append(("service", repr(error)))
            client.close()

        threads = [threading.Thread(target=live, args=(number,)) for number in range(len(people))]
        for thread in threads:
            thread.start()
        for _ in range(2):
            before = self.current(server)["kid"]
            self.keys(server, "rotate")
            self.assertTrue(e2e.eventually(lambda: self.current(server)["kid"] != before, within=20, interval=0.2))
        time.sleep(1)  # of life with the last key
        is_over.set()
        for thread in threads:
            thread.join()

        self.assertEqual(refused[:3], [])
        self.assertEqual(len(kids), 3, "each key has signed")
        self.assertGreaterEqual(service.fetches, 5)
        self.assertEqual(self.states(server), ["previous", "previous", "current"])
        self.assertEqual(self.events(server).count("signing_key_rotated"), 2)

    def test_a_key_waits_for_its_notice_and_the_list_tells_of_it(self):
        server = self.started(settings=["token.key_notice=1h"])
        token = server.register().access_token
        first = self.current(server)

        done = self.keys(server, "rotate", "--json").json

        listed = self.key_list(server)
        self.assertEqual([key["state"] for key in listed], ["current", "next"])
        self.assertEqual(listed[1]["kid"], done["kid"])
        self.assertEqual(listed[1]["active_from"], done["active_from"])
        self.assertEqual(listed[0]["active_until"], done["active_from"])
        self.assertGreater(listed[0]["published_until"], listed[0]["active_until"])
        self.assertNotIn("active_until", listed[1])
        self.assertEqual(first, {**first, "state": "current", "format": "jwt", "algorithm": "EdDSA"})
        answer = server.get("/.well-known/jwks.json")
        self.assertEqual({key["kid"] for key in answer.json["keys"]}, {key["kid"] for key in listed})
        self.assertEqual(answer.headers["Cache-Control"], "public, max-age=3600")
        self.assertIn("waits to sign", self.keys(server, "rotate", status=FAILED).errors)
        self.assertEqual(server.me(bearer(token)).status, 200)

        done = self.keys(server, "rotate", "--now")

        self.assertRegex(done.output, "refuse its tokens until they fetch it again, which may take 3600 s")
        self.assertEqual(sorted(self.states(server)), ["current", "previous", "previous"])
        self.assertEqual(server.me(bearer(token)).status, 200)
        self.assertEqual(server.me(server.register().by_bearer).status, 200)

    def test_rotations_at_once_make_one_successor(self):
        server = self.started(settings=["token.key_notice=1h"])

        done = e2e.in_parallel(4, lambda _: Done("keys", "rotate", "--json", data=server.data))

        self.assertEqual(sorted(one.status for one in done), [0, 1, 1, 1], done)
        self.assertEqual(self.states(server), ["current", "next"])

    def test_without_a_server_a_rotation_holds_when_it_starts(self):
        server = self.started(settings=[SHORT_NOTICE])
        token = server.register().access_token
        self.assertEqual(server.stop(), 0)

        kid = self.keys(server, "rotate", "--now", "--json").json["kid"]

        server.start()
        self.assertEqual(self.current(server)["kid"], kid)
        self.assertEqual(server.me(bearer(token)).status, 200)

    def test_keys_rotate_by_themselves_and_what_has_ended_goes(self):
        server = self.started(settings=[SHORT_NOTICE, "session.access_token=10s", "token.key_lifetime=11s"])
        first = self.current(server)["kid"]

        self.assertTrue(e2e.eventually(lambda: self.current(server)["kid"] != first, within=30, interval=0.3))
        self.assertTrue(e2e.eventually(lambda: first not in {key["kid"] for key in self.key_list(server)}, within=30,
                                       interval=0.3))

        metrics = server.get("/metrics").body.decode()
        self.assertGreaterEqual(int(re.search(r"sallyport_signing_key_rotations_total (\d+)", metrics)[1]), 1)
        self.assertGreaterEqual(int(re.search(r"sallyport_signing_key_reloads_total (\d+)", metrics)[1]), 10)
        self.assertIn("signing_key_rotated", self.events(server))

    def test_the_token_of_a_foreign_key_is_refused(self):
        server, other = self.started(), self.started()
        for _ in range(3):  # the first of them has the keys read again
            self.assert_problem(server.me(other.register().by_bearer), 401, "token_unknown_key")
        self.assertIn("sallyport_signing_key_reload_failures_total 0", server.get("/metrics").body.decode())


class Formats(KeysTest):
    def test_every_format_is_chosen_by_settings_and_accepted(self):
        for algorithm, token_format in (("EdDSA", "jwt"), ("ES256", "jwt"), ("RS256", "jwt"), ("HS256", "jwt"),
                                        ("EdDSA", "paseto")):
            with self.subTest(algorithm, format=token_format):
                server = self.started(settings=[AUDIENCE, f"token.algorithm={algorithm}",
                                                f"token.format={token_format}"])
                ann = server.register()
                self.assertEqual(server.me(ann.by_bearer).status, 200)
                cut = bearer(ann.access_token[:-6] + ("AAAAAA" if not ann.access_token.endswith("AAAAAA") else "BBBBBB"))
                self.assertEqual(server.me(cut).status, 401)
                current = self.current(server)
                self.assertEqual((current["algorithm"], current["format"]), (algorithm, token_format))
                self.assertEqual(current.get("audience"), "shop" if algorithm == "HS256" else None)
                published = {key["kid"]: key for key in server.get("/.well-known/jwks.json").json["keys"]}
                if algorithm == "HS256":
                    self.assertEqual(published, {})
                elif token_format == "paseto":
                    self.assertTrue(ann.access_token.startswith("v4.public."))
                    self.assertEqual(published[current["kid"]]["alg"], "v4.public")
                else:
                    claims = jwt.decode(ann.access_token, jwt.PyJWK(published[current["kid"]]).key, [algorithm],
                                        audience="shop", issuer="http://localhost")
                    self.assertEqual(claims["sub"], ann.user["id"])
                self.assertEqual(server.stop(), 0)
                if algorithm == "HS256":  # whoever is given the secret can verify
                    line = next(line for line in self.exported(server).read_text().splitlines() if " HS256 " in line)
                    secret = unbase64url(line.split()[5])
                    jwt.decode(ann.access_token, secret, ["HS256"], audience="shop", issuer="http://localhost")

    def test_combinations_that_there_are_not_are_refused_with_the_settings_named(self):
        for settings, names in ((["token.format=paseto", "token.algorithm=ES256"], ["token.format", "token.algorithm"]),
                                (["token.algorithm=HS256"], ["token.algorithm", "token.audience"]),
                                (["token.algorithm=none"], ["token.algorithm"]),
                                (["token.key_lifetime=10m"], ["token.key_lifetime", "session.access_token"])):
            with self.subTest(settings):
                done = Done("config", "check", settings=settings)
                self.assertEqual(done.status, WRONG_CONFIGURATION, done)
                for name in names:
                    self.assertIn(name, done.errors)
        server = self.started()
        for arguments in (["--algorithm", "HS256"], ["--algorithm", "ES256", "--format", "paseto"]):
            self.keys(server, "rotate", *arguments, status=FAILED)
        for arguments in (["--algorithm", "none"], ["--format", "jwe"], ["--master", "--now"]):
            self.keys(server, "rotate", *arguments, status=WRONG_CONFIGURATION)
        self.assertEqual(self.states(server), ["current"])

    def test_every_format_can_succeed_every_other(self):
        server = self.started(settings=[AUDIENCE])
        tokens = [server.register().access_token]
        for arguments in (["--format", "paseto"], ["--algorithm", "ES256"], ["--algorithm", "HS256"],
                          ["--algorithm", "RS256", "--format", "jwt"], ["--algorithm", "EdDSA"]):
            self.keys(server, "rotate", "--now", *arguments)
            tokens.append(server.register().access_token)
            for token in tokens:
                self.assertEqual(server.me(bearer(token)).status, 200, arguments)
        self.assertEqual(len({key["kid"] for key in self.key_list(server)}), 6)

    def test_other_settings_change_the_next_key_and_the_log_says_so(self):
        server = self.started()
        self.assertEqual(server.stop(), 0)
        server.settings = ["token.algorithm=ES256"]
        server.start()

        self.assertEqual(self.current(server)["algorithm"], "EdDSA")
        self.assertTrue(e2e.eventually(lambda: "'sallyport keys rotate' makes a key that does" in server.errors(), 5))

        self.keys(server, "rotate", "--now")
        self.assertEqual(self.current(server)["algorithm"], "ES256")


class ExportAndImport(KeysTest):
    def test_an_old_token_verifies_where_its_keys_were_imported(self):
        server = self.started()
        ann = server.register()
        self.keys(server, "rotate", "--now", "--format", "paseto")
        file = self.exported(server)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        fresh = self.server(data=self.folder() / "fresh")

        added = self.keys(fresh, "import", str(file), "--json").json

        self.assertEqual(added, {"master_key": str(fresh.data / "master.key"), "signing_keys_added": 3})  # one signs audit checkpoints
        self.assertEqual((fresh.data / "master.key").read_bytes(), (server.data / "master.key").read_bytes())
        self.assertEqual(self.key_list(fresh), self.key_list(server))
        fresh.start()
        # The token verifies; the session is of the other database.
        self.assert_problem(fresh.me(ann.by_bearer), 401, "session_expired")
        self.assertEqual(self.events(server)[0], "keys_exported")
        self.assertIn("keys_imported", self.events(fresh))
        self.assertEqual(self.keys(fresh, "import", str(file), status=FAILED).errors.count("in use by process"), 1)

    def test_a_restored_backup_gets_its_master_key_and_the_keys_made_since(self):
        server = self.started()
        ann = server.register()
        backup = self.folder() / "backup.db"
        self.assertEqual(Done("backup", str(backup), data=server.data).status, 0)
        self.keys(server, "rotate", "--now")
        token = server.login(ann.email).json["access_token"]
        file = self.exported(server)
        restored = self.server(data=self.folder() / "restored")
        self.assertEqual(Done("restore", str(backup), data=restored.data).status, 0)

        self.assertIn("1 signing keys added", self.keys(restored, "import", str(file)).output)

        restored.start()
        self.assertEqual(restored.me(ann.by_bearer).status, 200)
        self.assert_problem(restored.me(bearer(token)), 401, "session_expired")
        self.assertEqual(sorted(self.states(restored)), ["current", "previous"])
        self.assertIn("0 signing keys added", self.imported_again(restored, file).output)

    def imported_again(self, server, file):
        self.assertEqual(server.stop(), 0)
        return self.keys(server, "import", str(file))

    def test_a_file_that_does_not_fit_changes_nothing_and_says_why(self):
        server, other = self.started(), self.started()
        server.register()
        self.assertEqual((server.stop(), other.stop()), (0, 0))
        file, foreign = self.exported(server), self.exported(other)
        exposed, cut, altered = (self.folder() / "keys.txt" for _ in range(3))
        shutil.copy(file, exposed)
        exposed.chmod(0o644)
        text = file.read_text()
        cut.write_text(text[:text.rindex("end ")])
        altered.write_text(text.replace(" - -\n", " 1 -\n"))
        for name in (cut, altered):
            name.chmod(0o600)
        keyless = self.folder() / "keyless"
        shutil.copytree(server.data, keyless)
        (keyless / "master.key").unlink()
        for data in (server.data, keyless):
            before = self.bytes_of(data)
            for wrong, why in ((foreign, "master key"), (exposed, "chmod 600"), (cut, "end is missing"),
                               (altered, "altered or cut"), (file.parent / "absent", "no file of keys")):
                with self.subTest(why, data=data.name):
                    done = Done("keys", "import", str(wrong), "--json", data=data)
                    self.assertEqual(done.status, FAILED, done)
                    self.assertIn(why, done.json["error"]["message"])
                    self.assertEqual(self.bytes_of(data), before)
        empty = self.folder() / "empty"
        Done("keys", "import", str(cut), data=empty)
        self.assertFalse(empty.exists())

    def test_an_export_replaces_nothing_and_is_the_owners_alone(self):
        server = self.started()
        file = self.folder() / "keys.txt"
        file.write_text("precious")
        link = file.parent / "link"
        link.symlink_to(file.parent / "nowhere")
        for name in (file, link):
            self.assertIn("never replaced", self.keys(server, "export", str(name), status=FAILED).errors)
        self.assertEqual(file.read_text(), "precious")
        self.assertNotIn("keys_exported", self.events(server))
        self.assertEqual(sorted(os.listdir(file.parent)), ["keys.txt", "link"])


class MasterKey(KeysTest):
    def test_everybody_stays_signed_in_and_known_when_it_is_rotated(self):
        server = self.started()
        ann, bob = server.register(), server.register(e2e.fresh_email("bob"))
        before = (server.data / "master.key").read_text()
        self.assertIn("in use by process", self.keys(server, "rotate", "--master", status=FAILED).errors)
        self.assertEqual(server.stop(), 0)
        sealed = dict(server.rows("SELECT id, sealed_private FROM signing_keys"))

        done = self.keys(server, "rotate", "--master", "--json").json

        self.assertEqual((done["version"], done["signing_keys_resealed"]), (2, 2))  # one for checkpoints
        key_file = server.data / "master.key"
        self.assertEqual(stat.S_IMODE(key_file.stat().st_mode), 0o600)
        self.assertTrue(key_file.read_text().startswith(before))
        self.assertEqual(server.rows("SELECT version FROM key_checks ORDER BY version"), [(1,), (2,)])
        for kid, private in server.rows("SELECT id, sealed_private FROM signing_keys"):
            self.assertEqual((sealed[kid][:4], private[:4]), (b"\0\0\0\1", b"\0\0\0\2"))
        server.start()
        self.assertEqual(server.me(ann.by_bearer).status, 200)
        self.assertEqual(server.me(ann.by_cookie).status, 200)
        refreshed = server.refresh(ann.refresh_token)
        self.assertEqual(refreshed.status, 200)
        self.assertEqual(server.refresh(refreshed.json["refresh_token"]).status, 200)
        self.assertEqual(server.login(bob.email).status, 200)
        self.assertEqual(server.login(bob.email, "wrong-Horse-7-battery").status, 401)
        self.assertEqual(server.login(server.register().email).status, 200)
        self.assertIn("master_key_rotated", self.events(server))

    def test_without_its_newest_version_nothing_starts_and_nothing_changes(self):
        server = self.started()
        server.register()
        self.assertEqual(server.stop(), 0)
        old = (server.data / "master.key").read_bytes()
        self.keys(server, "rotate", "--master")
        new = (server.data / "master.key").read_bytes()
        other = self.started()
        self.assertEqual(other.stop(), 0)

        for wrong, why in ((old, "names version 2"), ((other.data / "master.key").read_bytes(), "is not the one"),
                           (None, "is not there")):
            (server.data / "master.key").unlink(missing_ok=True)
            if wrong is not None:
                (server.data / "master.key").write_bytes(wrong)
                (server.data / "master.key").chmod(0o600)
            before = self.bytes_of(server.data)
            server.launch()
            self.assertEqual(server.wait(), 1)
            self.assertIn(why, server.errors())
            self.assertEqual(self.bytes_of(server.data), before)
            self.keys(server, "rotate", "--master", status=FAILED)
            self.assertEqual(self.bytes_of(server.data), before)

        (server.data / "master.key").write_bytes(new)
        (server.data / "master.key").chmod(0o600)
        server.start()

    def test_a_rotation_cut_off_behind_the_file_is_made_good_by_the_next_start_or_rotation(self):
        server = self.started()
        ann = server.register()
        self.assertEqual(server.stop(), 0)
        other = self.started()
        self.assertEqual(other.stop(), 0)
        second = (other.data / "master.key").read_text().split()[-1]
        with open(server.data / "master.key", "a", encoding="ascii") as key:  # as if the power went here
            key.write(f"2 {second}\n")

        server.start()
        self.assertEqual(server.me(ann.by_bearer).status, 200)
        self.assertEqual(server.refresh(ann.refresh_token).status, 200)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.keys(server, "rotate", "--master", "--json").json["version"], 3)
        server.start()
        self.assertEqual(server.login(ann.email).status, 200)

    def test_a_named_file_is_rotated_and_a_variable_is_not(self):
        key_file = self.folder() / "outside.key"
        server = self.started()
        server.register()
        self.assertEqual(server.stop(), 0)
        shutil.move(server.data / "master.key", key_file)
        before = key_file.read_text()

        done = self.keys(server, "rotate", "--master", environment={"SALLYPORT_MASTER_KEY": before}, status=FAILED)

        self.assertIn("SALLYPORT_MASTER_KEY_FILE", done.errors)
        self.keys(server, "rotate", "--master", environment={"SALLYPORT_MASTER_KEY_FILE": str(key_file)})
        self.assertEqual(len(key_file.read_text().splitlines()), 3)
        self.assertNotIn("master.key", os.listdir(server.data))
        server.environment = {"SALLYPORT_MASTER_KEY_FILE": str(key_file)}
        server.start()
        file = self.exported(server)
        self.assertEqual(file.read_text().count("\nmaster "), 2)


if __name__ == "__main__":
    e2e.main()
