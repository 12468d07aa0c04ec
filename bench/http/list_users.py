#!/usr/bin/env python3
"""What a million accounts cost an administrator: pages, searches, and all of them as NDJSON, with the server's memory.

usage: list_users.py PATH_TO_SALLYPORT [--accounts N]

Accounts are written into the database of a server that has ended, then it starts again. Prints Markdown.
"""
import argparse, http.client, json, os, re, shutil, signal, sqlite3, statistics, subprocess, tempfile, threading, time, urllib.parse

from nginx_compare import cpu_seconds, free_port, wait_for

PASSWORD = "correct-Horse-7-battery"
NAMES = ("Ann", "Bob", "Carol", "Dietrich", "Élodie", "Farid", "Grace", "Hiroshi")


def start(binary, data, port):
    server = subprocess.Popen([binary, "serve", "--listen", f"127.0.0.1:{port}", "--data", data],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port, "/health/ready")
    return server


def stop(server):
    server.send_signal(signal.SIGTERM)
    if server.wait(30) != 0:
        raise SystemExit("the server did not end well")


def fill(database, accounts):
    """As registrations leave them: version 7 ids in order, addresses that are all different."""
    began = int(time.time() * 1000) - accounts

    def rows():
        for number in range(accounts):
            at = began + number
            identifier = at.to_bytes(6, "big") + bytes([0x70, 0, 0x80, 0]) + os.urandom(6)
            email = f"user{number * 7919 % accounts:07}.{NAMES[number % 8].lower()}@example.org"
            yield (identifier, email, email, f"{NAMES[number % 8]} {number}", 2 if number % 50 else 3, 2, at * 1000, at * 1000)

    connection = sqlite3.connect(database)
    with connection:
        connection.executemany("INSERT INTO accounts (id, email, email_key, display_name, role, status, credential_version, "
                               "created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)", rows())
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def own_memory_mb(pid):
    """Without the pages of the database, which are mapped and the system's to take back."""
    return int(re.search(r"RssAnon:\s+(\d+)", open(f"/proc/{pid}/status").read())[1]) / 1024


class Highest:
    """The most of its own memory that the server had while this lived."""

    def __init__(self, pid):
        self.pid, self.most, self.is_over = pid, own_memory_mb(pid), threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.is_over.wait(0.02):
            self.most = max(self.most, own_memory_mb(self.pid))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


class Asking:
    def __init__(self, port):
        self.port, self.token = port, None

    def __call__(self, path, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request("GET", path, None, {"Authorization": "Bearer " + self.token, **headers})
        return connection.getresponse()

    def sign_in(self, email):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/v1/auth/login", json.dumps({"email": email, "password": PASSWORD}),
                           {"Content-Type": "application/json"})
        self.token = json.loads(connection.getresponse().read())["access_token"]

    def timed(self, path, pid, times=9):
        """Median and most milliseconds, CPU milliseconds of the server each, and how many accounts there were."""
        took, found = [], 0
        cpu = sum(cpu_seconds(pid))
        for _ in range(times):
            began = time.perf_counter()
            document = json.loads(self(path).read())
            took.append((time.perf_counter() - began) * 1e3)
            found = len(document["users"])
        return statistics.median(took), max(took), (sum(cpu_seconds(pid)) - cpu) / times * 1e3, found

    def stream(self, pause=0.0):
        """Lines and bytes of all accounts, read as they come or more slowly."""
        answer, lines, size = self("/v1/users", Accept="application/x-ndjson"), 0, 0
        while piece := answer.read(256 * 1024):
            lines += piece.count(b"\n")
            size += len(piece)
            if pause:
                time.sleep(pause)
        return lines, size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--accounts", type=int, default=1_000_000)
    args = parser.parse_args()
    binary, room, port = os.path.abspath(args.binary), tempfile.mkdtemp(prefix="bench-"), free_port()
    data = os.path.join(room, "data")
    try:
        subprocess.run([binary, "admin", "create", "boss@example.org", "--password-stdin", "--data", data],
                       input=PASSWORD.encode() + b"\n", check=True, stdout=subprocess.DEVNULL)
        fill(os.path.join(data, "sallyport.db"), args.accounts)
        size = os.path.getsize(os.path.join(data, "sallyport.db")) / 2**20
        print(f"{args.accounts} accounts, a database of {size:.0f} MB\n")
        server, ask = start(binary, data, port), Asking(port)
        try:
            ask.sign_in("boss@example.org")
            ask.timed("/v1/users?page_size=1000", server.pid, 3)
            before = own_memory_mb(server.pid)
            for name, pause in (("as fast as it comes", 0.0), ("256 KB each 5 ms", 0.005)):
                began = time.perf_counter()
                with Highest(server.pid) as memory:
                    lines, size = ask.stream(pause)
                took = time.perf_counter() - began
                print(f"NDJSON, {name}: {lines} lines, {size / 2**20:.0f} MB in {took:.1f} s; "
                      f"{before:.1f} MB of memory before, {memory.most:.1f} MB at most")
                if lines != args.accounts + 1:
                    raise SystemExit("not all of them came")
            ask("/v1/users", Accept="application/x-ndjson").read(64 * 1024)  # and leaves
            time.sleep(0.5)
            used = sum(cpu_seconds(server.pid))
            time.sleep(1)
            print(f"a client that left after 64 KB: {(sum(cpu_seconds(server.pid)) - used) * 1e3:.0f} ms of CPU in the second after")
            print("\n| page of 50 | found | ms (median) | ms (most) | CPU ms |\n|---|---|---|---|---|")
            for name, query in (("no filter", {}), ("role=guest, one in 50", {"role": "guest"}),
                                ("query=ann, one in 8", {"query": "ann"}),
                                ("query=one address", {"query": f"user{args.accounts // 2:07}."}),
                                ("query=nobody", {"query": "nobody at all"}), ("status=suspended, none", {"status": "suspended"})):
                median, most, cpu, found = ask.timed("/v1/users?" + urllib.parse.urlencode(query), server.pid)
                print(f"| {name} | {found} | {median:.1f} | {most:.1f} | {cpu:.1f} |")
            began = time.perf_counter()
            listed = subprocess.run([binary, "user", "list", "--ndjson", "--data", data], check=True, capture_output=True).stdout
            print(f"\n`user list --ndjson` through the control socket: {listed.count(chr(10).encode())} lines in {time.perf_counter() - began:.1f} s")
        finally:
            stop(server)
    finally:
        shutil.rmtree(room, ignore_errors=True)


if __name__ == "__main__":
    main()
