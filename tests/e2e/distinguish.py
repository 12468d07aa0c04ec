"""Whether answer times tell two kinds of requests apart: they are asked for in random order, and ranked."""
import dataclasses
import math
import random
import statistics
import threading
import time

import sallyport_process as e2e


@dataclasses.dataclass
class Comparison:
    """Two samples of times, and the Mann-Whitney U test (1947) of whether one tends to be the longer."""

    first: list
    second: list
    chance: float  # that one of the second takes longer than one of the first: 0.5 when nothing can be told
    p: float  # two-sided, by the normal approximation with ties: how often mere luck looks at least this different

    @staticmethod
    def of(first, second):
        n, m = len(first), len(second)
        ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
        rank_sum, ties, at = 0.0, 0, 0
        while at < n + m:
            end = at
            while end < n + m and ranked[end][0] == ranked[at][0]:
                end += 1
            shared_rank = (at + 1 + end) / 2
            rank_sum += shared_rank * sum(which for _, which in ranked[at:end])
            ties += (end - at) ** 3 - (end - at)
            at = end
        u = rank_sum - m * (m + 1) / 2
        spread = math.sqrt(n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1))))
        z = (u - n * m / 2) / spread
        return Comparison(first, second, u / (n * m), math.erfc(abs(z) / math.sqrt(2)))

    def row(self):
        def shown(times):
            quantiles = statistics.quantiles(times, n=20)
            return f"{statistics.median(times) * 1e3:.2f} | {quantiles[-1] * 1e3:.2f}"

        return f"{len(self.first)} | {shown(self.first)} | {shown(self.second)} | {self.chance:.3f} | {self.p:.2f}"


HEAD = ("| | of each | known, ms p50 | p95 | unknown, ms p50 | p95 | chance that unknown takes longer | p |\n"
        "|---|---|---|---|---|---|---|---|")


def compare(port, known, unknown, at_once, seed=1):
    """Asks for all requests, (path, body, expected status) each, in random order over `at_once` connections."""
    work = [(0, request) for request in known] + [(1, request) for request in unknown]
    random.Random(seed).shuffle(work)
    times, wrong, lock = ([], []), [], threading.Lock()

    def ask(requests):
        client = e2e.Client(port)
        for which, (path, body, expected) in requests:
            began = time.perf_counter()
            answer = client("POST", path, body)
            took = time.perf_counter() - began
            with lock:
                times[which].append(took)
                if answer.status != expected:
                    wrong.append(answer)
        client.close()

    threads = [threading.Thread(target=ask, args=(work[number::at_once],)) for number in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, f"{len(wrong)} of {len(work)} went wrong: {wrong[:3]}"
    return Comparison.of(*times)


def sign_ins(emails):
    """A wrong password for each: nobody is locked by it."""
    return [("/v1/auth/login", {"email": email, "password": "wrong-Guess-7-battery"}, 401) for email in emails]


def recoveries(emails):
    return [("/v1/auth/recovery", {"email": email}, 202) for email in emails]
