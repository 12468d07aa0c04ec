"""People using a server while something happens to it, and a record of every answer they got.

Each client is a thread with its own connection and its own people, so what it was told does not depend on the others.
Whatever it sent and heard no success of is in doubt: it may have been done or not. Afterwards `Record.check` holds the
restarted server and its database to everything that was answered with success.
"""
import collections
import dataclasses
import http.client
import random
import threading
import time

from sallyport_process import ANSWER_WITHIN, Client, PASSWORD, SignedIn, bearer, fresh_email, uuid_bytes

GRACE_SECONDS = 10  # in which a retried refresh gets the same successor


@dataclasses.dataclass
class Session:
    id: str
    cookie: str
    access_token: str
    refresh_tokens: list  # all that were answered; the last one is the newest
    refreshed_at: float = 0.0
    is_signed_out: bool = False
    doubt: str = ""  # "refresh" or "logout": sent, never answered

    @staticmethod
    def of(signed_in):
        return Session(signed_in.session_id, signed_in.cookie, signed_in.access_token, [signed_in.refresh_token])


@dataclasses.dataclass
class Person:
    email: str
    id: str = ""
    name: str = "unnamed"
    possible_names: set = dataclasses.field(default_factory=set)  # besides `name`: those of a change in doubt
    sessions: list = dataclasses.field(default_factory=list)
    is_registered: bool = False


class LostAnswer(Exception):
    """The connection went before the whole answer came."""

    def __init__(self, how, sent_at):
        super().__init__(how)
        self.how = how
        self.sent_at = sent_at


class ClientThread(threading.Thread):
    def __init__(self, port, seed, is_over):
        super().__init__(daemon=True)
        self.client = Client(port)
        self.random = random.Random(seed)
        self.is_over = is_over
        self.people = []
        self.successes = collections.Counter()
        self.refusals = collections.Counter()  # by (operation, status)
        self.succeeded = self.refused = 0  # for other threads: numbers can be read while they change
        self.lost = None
        self.bug = None
        self.operation = ""

    def run(self):
        try:
            self.register()
            while not self.is_over.is_set():
                self.one_operation()
        except LostAnswer as lost:
            self.lost = lost
        except Exception as bug:  # pylint: disable=broad-except  # told by Load.join
            self.bug = bug
        finally:
            self.client.close()

    def one_operation(self):
        live = [(person, session) for person in self.people for session in person.sessions
                if not session.is_signed_out and not session.doubt]
        if not live:
            return self.register()
        person, session = self.random.choice(live)
        choices = (("register", 2), ("login", 2), ("refresh", 5), ("patch", 4), ("logout", 1), ("me", 2))
        name = self.random.choices([name for name, _ in choices], [weight for _, weight in choices])[0]
        if name == "register":
            return self.register()
        return getattr(self, name)(person, session)

    def call(self, operation, method, path, body=None, headers=None):
        self.operation = operation
        sent_at = time.monotonic()
        try:
            answer = self.client(method, path, body, headers)
        except (http.client.HTTPException, OSError) as error:
            raise LostAnswer(type(error).__name__, sent_at) from error
        if answer.status < 300:
            self.successes[operation] += 1
            self.succeeded += 1
        else:
            self.refusals[operation, answer.status] += 1
            self.refused += 1
        return answer

    def register(self):
        person = Person(fresh_email("load"))
        self.people.append(person)
        answer = self.call("register", "POST", "/v1/auth/register",
                           {"email": person.email, "password": PASSWORD, "display_name": person.name})
        if answer.status == 201:
            signed_in = SignedIn.of(answer)
            person.id, person.is_registered = signed_in.user["id"], True
            person.sessions.append(Session.of(signed_in))

    def login(self, person, _):
        answer = self.call("login", "POST", "/v1/auth/login", {"email": person.email, "password": PASSWORD})
        if answer.status == 200:
            person.sessions.append(Session.of(SignedIn.of(answer)))

    def refresh(self, _, session):
        session.doubt = "refresh"
        answer = self.call("refresh", "POST", "/v1/auth/refresh", {"refresh_token": session.refresh_tokens[-1]})
        if answer.status == 200:
            session.refresh_tokens.append(answer.json["refresh_token"])
            session.access_token = answer.json["access_token"]
            session.refreshed_at = time.monotonic()
            session.doubt = ""

    def patch(self, person, session):
        name = f"name {self.random.getrandbits(64):x}"
        person.possible_names.add(name)
        answer = self.call("patch", "PATCH", "/v1/auth/me", {"display_name": name}, bearer(session.access_token))
        if answer.status == 200:
            person.name, person.possible_names = name, set()

    def logout(self, _, session):
        session.doubt = "logout"
        body, headers = self.random.choice([({"refresh_token": session.refresh_tokens[-1]}, None),
                                            (None, bearer(session.access_token)),
                                            (None, {"Cookie": "sallyport=" + session.cookie,
                                                    "Sec-Fetch-Site": "same-origin"})])
        answer = self.call("logout", "POST", "/v1/auth/logout", body, headers)
        if answer.status == 204:
            session.is_signed_out, session.doubt = True, ""

    def me(self, _, session):
        self.call("me", "GET", "/v1/auth/me", None, bearer(session.access_token))


class Load:
    """`clients` threads at work from now until `finish`, or until their server is gone."""

    def __init__(self, server, clients, seed):
        self._is_over = threading.Event()
        self.threads = [ClientThread(server.port, f"{seed}/{number}", self._is_over) for number in range(clients)]
        for thread in self.threads:
            thread.start()

    def succeeded(self):
        """How many operations so far."""
        return sum(thread.succeeded for thread in self.threads)

    def refused(self):
        return sum(thread.refused for thread in self.threads)

    def finish(self):
        """Ends the clients after the operation they are at; their record."""
        self._is_over.set()
        return self.join()

    def join(self):
        """Waits until every client has lost its server; their record."""
        for thread in self.threads:
            thread.join(ANSWER_WITHIN)
            assert not thread.is_alive(), f"{thread.operation} was neither answered nor cut off"
            if thread.bug is not None:
                raise thread.bug
        return Record(self.threads)


class Record:
    def __init__(self, threads):
        self.people = [person for thread in threads for person in thread.people]
        self.successes = sum((thread.successes for thread in threads), collections.Counter())
        self.refusals = sum((thread.refusals for thread in threads), collections.Counter())
        self.lost = [thread.lost for thread in threads if thread.lost]

    def check(self, test, server, sign_ins=2):
        """That all which was answered with success is there, by the API and in the database. Within the grace time."""
        with_row = {}
        for table, columns in (("accounts", "id, display_name"), ("credentials", "account_id, verifier"),
                               ("sessions", "id, ended_at")):
            with_row[table] = dict(server.rows(f"SELECT {columns} FROM {table}"))
        audited = {(event, session) for event, session in server.rows("SELECT event, session_id FROM audit_events")}
        client = Client(server.port)
        registered = [person for person in self.people if person.is_registered]
        # Whoever has a refresh in doubt comes first, while its grace time lasts.
        for person in sorted(registered, key=lambda person: not any(session.doubt for session in person.sessions)):
            account = uuid_bytes(person.id)
            test.assertIn(account, with_row["accounts"], f"{person.email} is lost")
            test.assertIn(account, with_row["credentials"])
            test.assertIn(with_row["accounts"][account], {person.name} | person.possible_names)
            test.assertIn(("account_registered", uuid_bytes(person.sessions[0].id)), audited)
            for session in person.sessions:
                row = uuid_bytes(session.id)
                test.assertIn(row, with_row["sessions"], f"a session of {person.email} is lost")
                if session.is_signed_out:
                    test.assertIsNotNone(with_row["sessions"][row], f"{person.email} is signed in again")
                    test.assertIn(("session_ended", row), audited)
                self._check_session(test, client, session)
        for person in registered[-sign_ins:]:
            answer = client("POST", "/v1/auth/login", {"email": person.email, "password": PASSWORD})
            test.assertEqual(answer.status, 200, answer)
        client.close()

    @staticmethod
    def _check_session(test, client, session):
        def refresh(token):
            return client("POST", "/v1/auth/refresh", {"refresh_token": token})

        by_bearer, by_cookie = bearer(session.access_token), {"Cookie": "sallyport=" + session.cookie}
        seen = {client("GET", "/v1/auth/me", None, headers).status for headers in (by_bearer, by_cookie)}
        if session.is_signed_out:
            test.assertEqual(seen, {401})
            test.assertEqual(refresh(session.refresh_tokens[-1]).status, 401)
            return
        if session.doubt == "logout":
            test.assertIn(seen, ({200}, {401}))
            return
        test.assertEqual(seen, {200})
        is_recent = time.monotonic() - session.refreshed_at < GRACE_SECONDS - 2
        if len(session.refresh_tokens) > 1 and not session.doubt and is_recent:
            retried = refresh(session.refresh_tokens[-2])
            test.assertEqual((retried.status, retried.json.get("refresh_token")), (200, session.refresh_tokens[-1]))
        # Whether or not the refresh in doubt was done, the token that it sent gets the one successor there is.
        answer = refresh(session.refresh_tokens[-1])
        test.assertEqual(answer.status, 200, answer)
        test.assertEqual(refresh(answer.json["refresh_token"]).status, 200)


def check_database(test, server):
    """That the database is whole, and nothing in it half there, whoever was told what."""
    rows = server.rows
    test.assertEqual(rows("PRAGMA integrity_check"), [("ok",)])
    test.assertEqual(rows("PRAGMA foreign_key_check"), [])
    for what, sql in {
        "accounts without a credential":
            "SELECT count(*) FROM accounts a WHERE NOT EXISTS (SELECT 1 FROM credentials c WHERE c.account_id = a.id)",
        "accounts without a session":
            "SELECT count(*) FROM accounts a WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.account_id = a.id)",
        "accounts whose registration is not in the audit log":
            "SELECT count(*) FROM accounts a WHERE NOT EXISTS (SELECT 1 FROM audit_events e JOIN sessions s"
            " ON s.id = e.session_id WHERE e.account_id = a.id AND e.event = 'account_registered')",
        "audited registrations without an account":
            "SELECT count(*) FROM audit_events e WHERE e.event = 'account_registered'"
            " AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = e.account_id)",
        "sessions whose beginning is not in the audit log":
            "SELECT count(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM audit_events e WHERE e.session_id = s.id"
            " AND e.event IN ('account_registered', 'signed_in'))",
        "audited sign-ins without a session":
            "SELECT count(*) FROM audit_events e WHERE e.event = 'signed_in'"
            " AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = e.session_id)",
        "ended sessions whose end is not in the audit log":
            "SELECT count(*) FROM sessions s WHERE s.ended_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_events e"
            " WHERE e.session_id = s.id AND e.event IN ('session_ended', 'session_replaced', 'refresh_token_reused'))",
        "audited ends of sessions that go on":
            "SELECT count(*) FROM audit_events e JOIN sessions s ON s.id = e.session_id"
            " WHERE e.event = 'session_ended' AND s.ended_at IS NULL",
        "audit rows without their person, or persons without a row":
            "SELECT (SELECT count(*) FROM audit_events) + (SELECT count(*) FROM audit_persons)"
            " - 2 * (SELECT count(*) FROM audit_events NATURAL JOIN audit_persons)",
    }.items():
        test.assertEqual(rows(sql), [(0,)], what)
    check_audit_chains(test, rows("SELECT stream, sequence, previous_hash, hash FROM audit_events ORDER BY 1, 2"))


def check_audit_chains(test, events):
    """Each stream counts from 1 without a gap, and each row names the hash of the one before."""
    heads = collections.defaultdict(lambda: (0, bytes(32)))
    for stream, sequence, previous_hash, own_hash in events:
        last, last_hash = heads[stream]
        test.assertEqual((sequence, previous_hash), (last + 1, last_hash))
        heads[stream] = (sequence, own_hash)
