"""A disk that cannot flush ends the server; a full one does not. Neither loses what was answered with success.

FAILING_DISK names the preloaded library that plays the disk (failing_disk.c).
"""
import os
import pathlib

import sallyport_process as e2e
from recorded_load import Load, check_database
from sallyport_process import PASSWORD, SignedIn, fresh_email

CLIENTS = 6
ENDS_WITHIN = 5
FAILED_STORE_STATUS = 70  # EX_SOFTWARE of sysexits(3)


class FailingDisk:
    def __init__(self, folder):
        self.folder = folder
        self.trigger = folder / "disk"

    def environment(self, data):
        return {"LD_PRELOAD": os.path.abspath(os.environ["FAILING_DISK"]), "FAILING_DISK_FOLDER": str(data),
                "FAILING_DISK_TRIGGER": str(self.trigger)}

    def _switch(self, what):
        return pathlib.Path(f"{self.trigger}.{what}")

    def fail(self, what):
        self._switch(what).touch()

    def heal(self, what):
        self._switch(what).unlink()


class FailingDiskTest(e2e.EndToEndTest):
    def setUp(self):
        folder = self.folder().resolve()
        self.disk = FailingDisk(folder)
        self.served = self.server(folder)
        self.served.environment = self.disk.environment(self.served.data)
        self.served.start()

    def start_on_a_good_disk(self):
        """Starts again without the failing disk."""
        self.served.environment = {}
        self.served.start()


class FailingFlush(FailingDiskTest):
    def test_the_server_ends_at_once_and_what_it_answered_is_there(self):
        load = Load(self.served, CLIENTS, "flush")
        self.assertTrue(e2e.eventually(lambda: load.succeeded() >= 8 * CLIENTS, within=20))

        self.disk.fail("flush")

        self.assertEqual(self.served.wait(ENDS_WITHIN), FAILED_STORE_STATUS)
        record = load.join()
        self.assertIn("the store failed", self.served.errors())
        self.assertEqual({status for _, status in record.refusals}, {503}, record.refusals)
        self.disk.heal("flush")
        self.start_on_a_good_disk()
        record.check(self, self.served)
        check_database(self, self.served)
        print(f"{dict(record.successes)}, refused {dict(record.refusals)}, {len(record.lost)} closed ", end="")

    def test_whoever_waits_for_the_flush_hears_503_and_nothing_more_is_accepted(self):
        ann = self.served.register()
        self.disk.fail("flush")

        def one(number):
            try:
                return self.served.patch("/v1/auth/me", {"display_name": f"name {number}"}, ann.by_bearer)
            except OSError as error:  # it came when the others had already ended the server
                return error

        answers = [answer for answer in e2e.in_parallel(4, one) if isinstance(answer, e2e.Answer)]

        self.assertTrue(answers)
        for answer in answers:
            self.assert_problem(answer, 503, "store_unavailable")
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(self.served.wait(ENDS_WITHIN), FAILED_STORE_STATUS)

    def test_a_disk_that_cannot_flush_does_not_start(self):
        ann = self.served.register()
        self.assertEqual(self.served.stop(), 0)
        self.disk.fail("flush")
        self.served.launch()

        # It may come up, as nothing needs a flush yet; its first write must not be answered with success.
        if e2e.eventually(lambda: self.answers_health() or self.served.process.poll() is not None, within=5) \
                and self.served.process.poll() is None:
            answer = self.served.patch("/v1/auth/me", {"display_name": "Ann"}, ann.by_bearer)
            self.assert_problem(answer, 503, "store_unavailable")
        self.assertNotEqual(self.served.wait(ENDS_WITHIN), 0)
        self.disk.heal("flush")
        self.start_on_a_good_disk()
        self.assertEqual(self.served.me(ann.by_bearer).status, 200)

    def answers_health(self):
        try:
            return self.served.get("/health/ready").status == 200
        except OSError:
            return False


class FullDisk(FailingDiskTest):
    def test_writes_hear_503_reads_go_on_and_space_heals_it(self):
        ann = self.served.register(display_name="Ann")
        before = self.served.row_counts()
        self.disk.fail("full")

        refused = {
            "register": self.served.post("/v1/auth/register", {"email": fresh_email(), "password": PASSWORD}),
            "login": self.served.login(ann.email),
            "refresh": self.served.refresh(ann.refresh_token),
            "patch": self.served.patch("/v1/auth/me", {"display_name": "Anna"}, ann.by_bearer),
            "logout": self.served.post("/v1/auth/logout", None, ann.by_bearer),
        }

        for name, answer in refused.items():
            with self.subTest(name):
                self.assert_problem(answer, 503, "store_unavailable")
                self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(self.served.me(ann.by_bearer).json["display_name"], "Ann")
        self.assertEqual(self.served.me(ann.by_cookie).status, 200)
        self.assertEqual(self.served.get("/health").status, 200)
        self.assertIsNone(self.served.process.poll())
        self.assertEqual(self.served.row_counts(), before)

        self.disk.heal("full")

        again = self.served.refresh(ann.refresh_token)
        self.assertEqual(again.status, 200, again)
        changed = self.served.patch("/v1/auth/me", {"display_name": "Anna"}, ann.by_bearer)
        self.assertEqual((changed.status, changed.json["display_name"]), (200, "Anna"))
        bob = SignedIn.of(self.served.login(self.served.register().email))
        self.assertEqual(self.served.post("/v1/auth/logout", None, bob.by_bearer).status, 204)
        check_database(self, self.served)
        self.assertEqual(self.served.stop(), 0)

    def test_a_disk_that_fills_and_empties_under_load_loses_nothing(self):
        load = Load(self.served, CLIENTS, "full")
        for _ in range(3):
            so_far = load.succeeded()
            self.assertTrue(e2e.eventually(lambda: load.succeeded() >= so_far + 5 * CLIENTS, within=20))
            self.disk.fail("full")
            refused = load.refused()
            self.assertTrue(e2e.eventually(lambda: load.refused() >= refused + CLIENTS, within=20))
            self.disk.heal("full")
        so_far = load.succeeded()
        self.assertTrue(e2e.eventually(lambda: load.succeeded() >= so_far + 5 * CLIENTS, within=20))

        record = load.finish()

        self.assertEqual(record.lost, [])
        self.assertEqual({status for _, status in record.refusals}, {503}, record.refusals)
        record.check(self, self.served)
        check_database(self, self.served)
        self.assertEqual(self.served.stop(), 0)


if __name__ == "__main__":
    e2e.main()
