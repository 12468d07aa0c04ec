#!/usr/bin/env python3
"""How long others wait while the server removes a great many sessions that expired long ago.

usage: retention_load.py PATH_TO_SALLYPORT [--sessions N] [--seconds S]

Signs people in and changes profiles (a hash and two writes; one write), first with nothing to remove and then while
the sessions are removed, and prints the distributions and how fast they went.
"""
import argparse, os, re, shutil, sqlite3, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/e2e"))
import sallyport_process as e2e

MONTH = 40 * 86_400_000_000


def percentiles(times):
    times.sort()
    at = lambda share: times[min(len(times) - 1, int(len(times) * share))] * 1e3
    return f"n {len(times):6d}  p50 {at(.5):7.2f} ms  p95 {at(.95):7.2f} ms  p99 {at(.99):7.2f} ms  max {at(1):7.2f} ms"


def measure(server, people, seconds):
    """Times of sign-ins and of changed profiles, by two threads."""
    sign_ins, changes, end = [], [], time.monotonic() + seconds

    def sign_in():
        client, n = e2e.Client(server.port), 0
        while time.monotonic() < end:
            began = time.perf_counter()
            answer = client("POST", "/v1/auth/login", {"email": people[n % len(people)].email, "password": e2e.PASSWORD})
            assert answer.status == 200, answer
            sign_ins.append(time.perf_counter() - began)
            n += 1

    def change():
        client, n = e2e.Client(server.port), 0
        while time.monotonic() < end:
            began = time.perf_counter()
            answer = client("PATCH", "/v1/auth/me", {"display_name": f"Ann {n}"}, people[0].by_bearer)
            assert answer.status == 200, answer
            changes.append(time.perf_counter() - began)
            n += 1
            time.sleep(0.002)

    threads = [threading.Thread(target=work) for work in (sign_in, change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sign_ins, changes


def metric(server, name):
    found = re.search(rf'^{re.escape(name)} ([\d.e+]+)$', server.get("/metrics").body.decode(), re.M)
    return float(found[1]) if found else 0.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--sessions", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20)
    args = parser.parse_args()
    e2e.Server.binary = os.path.abspath(args.binary)
    room = tempfile.mkdtemp(prefix="bench-")
    server = e2e.Server(room, settings=("retention.sessions=1h",))
    try:
        server.start()
        people = [server.register(email=f"ann.{n}@example.org") for n in range(20)]
        owner = server.register(email="owner@example.org")  # of all that expired; nobody who signs in meanwhile
        quiet = measure(server, people, args.seconds)
        server.stop()
        database = sqlite3.connect(server.database_file)
        columns = [row[1] for row in database.execute("PRAGMA table_info(sessions)")]
        copied = {"id": "randomblob(16)", "token_digest": "randomblob(32)", "device_id": "hex(randomblob(8))",
                  "expires_at": f"expires_at - {MONTH} + i"}
        with database:
            database.execute(
                f"INSERT INTO sessions ({', '.join(columns)}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                f"FROM n WHERE i < ?) SELECT {', '.join(copied.get(column, column) for column in columns)} "
                f"FROM n, (SELECT * FROM sessions WHERE id = ?)", (args.sessions, e2e.uuid_bytes(owner.session_id)))
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        server.start()
        began = time.monotonic()
        busy = measure(server, people, args.seconds)
        taken = time.monotonic() - began
        removed = metric(server, 'sallyport_cleaned_rows_total{kind="sessions"}')
        batches = metric(server, 'sallyport_cleaning_batches_total{kind="sessions"}')
        print(f"{args.sessions} expired sessions; {removed:.0f} removed in {taken:.0f} s, {removed / max(batches, 1):.0f} a write")
        for what, before, after in (("sign-in", quiet[0], busy[0]), ("profile", quiet[1], busy[1])):
            print(f"{what}, nothing to remove: {percentiles(before)}\n{what}, while removing:     {percentiles(after)}")
        if removed >= args.sessions:
            print("all were removed before the end: measure fewer seconds, or more sessions")
    finally:
        server.close()
        shutil.rmtree(room, ignore_errors=True)


if __name__ == "__main__":
    main()
