"""The server is killed, or told to end, at random moments under load: what was answered with success is there after it.

SALLYPORT_TEST_SEED repeats a run's moments and choices; each run prints its own.
"""
import collections
import os
import random
import signal
import time

import sallyport_process as e2e
from recorded_load import Load, check_database

ROUNDS = 20
CLIENTS = 6
UNCLEAN = {"IncompleteRead", "BadStatusLine", "LineTooLong", "TimeoutError"}  # half an answer, or none in all that time
# What a client sees whose request met a socket that was just being closed.
AFTER_THE_END = {"ConnectionRefusedError", "ConnectionResetError", "BrokenPipeError", "RemoteDisconnected"}


class CrashTest(e2e.EndToEndTest):
    def setUp(self):
        self.seed = os.environ.get("SALLYPORT_TEST_SEED") or str(random.randrange(10**9))
        self.random = random.Random(self.seed)
        self.totals = collections.Counter()
        print(f"seed {self.seed} ", end="", flush=True)

    def load_until(self, server, number, round_number):
        """Load, and the signal at a random moment of it; the record and when the signal was sent."""
        load = Load(server, CLIENTS, f"{self.seed}/{round_number}")
        self.assertTrue(e2e.eventually(lambda: load.succeeded() >= CLIENTS, within=20))
        time.sleep(self.random.uniform(0, 0.4))  # the random moment
        sent_at = time.monotonic()
        server.process.send_signal(number)
        record = load.join()
        self.assertEqual([refusal for refusal in record.refusals if refusal[1] != 503], [], record.refusals)
        self.totals += record.successes
        return record, sent_at

    def test_kill_9_under_load_loses_nothing_that_was_answered(self):
        server = self.started()
        for round_number in range(ROUNDS):
            with self.subTest(round=round_number):
                record, _ = self.load_until(server, signal.SIGKILL, round_number)
                self.assertEqual(server.wait(), -signal.SIGKILL)

                server.start()

                record.check(self, server)
                check_database(self, server)
        print(dict(self.totals), end=" ")

    def test_sigterm_under_load_answers_or_closes_and_loses_nothing(self):
        server = self.started()
        cut_off = 0
        for round_number in range(ROUNDS):
            with self.subTest(round=round_number):
                record, told_at = self.load_until(server, signal.SIGTERM, round_number)
                self.assertEqual(server.wait(), 0, server.errors()[-2000:])
                for lost in record.lost:
                    self.assertNotIn(lost.how, UNCLEAN)
                    self.assertIn(lost.how, AFTER_THE_END)
                    cut_off += lost.sent_at < told_at
                    if lost.sent_at < told_at:  # it was there in time: an answer, or at the least no reset
                        self.assertEqual(lost.how, "RemoteDisconnected", f"{told_at - lost.sent_at:.4f} s before")

                server.start()

                record.check(self, server)
                check_database(self, server)
        print(f"{dict(self.totals)}, {cut_off} requests sent before a SIGTERM were closed unanswered", end=" ")


if __name__ == "__main__":
    e2e.main()
