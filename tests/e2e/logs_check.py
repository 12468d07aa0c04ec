"""The last test of a run: nothing that every suite's servers logged tells a secret or who somebody is.

usage: logs_check.py empty FOLDER | check FOLDER

Looks for what went over the wire (collected_logs.py) and for everything that looks like an address or a token.
"""
import json
import pathlib
import re
import sys

# What must not be in a log, however it came there.
PATTERNS = {
    "an e-mail address": re.compile(r"[\w.%+-]+@[\w-]+(\.[\w-]+)+"),
    "an IP address": re.compile(r"(?<![\d.])(?!\d{1,3}(?:\.\d{1,3}){2}\.0/24)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"),
    "an IPv6 address": re.compile(r"(?<![\w:])(?:::1|(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4})(?![\w:/])"),
    "a token": re.compile(r"\bsp[a-z]_[\w-]{8,}|\beyJ[\w-]{8,}\.|\bv4\.(?:public|local)\.[\w-]{8,}"),
}
# Where the operator's own mail server is: libcurl's words, for whoever finds out why no mail is sent.
MAIL_SERVER = re.compile(r'(?<="reason":")[^"]* to (?:\d{1,3}\.){3}\d{1,3} port \d+')
# Where the server itself cannot listen, in the sentence that it ends with.
OWN_ADDRESS = re.compile(r"^sallyport: cannot listen on [\w.]*[ ,]*(?:\d{1,3}\.){3}\d{1,3}:\d+")
# Values that say nothing by being there: words that codes and routes are made of, and what is too short to be one.
HARMLESS = re.compile(r"[a-z_]{0,12}|.{0,5}", re.DOTALL)


# What a secret is found by: as a whole word, or where it has other characters in it as a part of the line.
WORD = re.compile(r"[\w.@%+-]+")


class Private:
    def __init__(self, values):
        self.words = {value for value in values if WORD.fullmatch(value)}
        self.texts = sorted(set(values) - self.words)

    def found_in(self, line):
        return not self.words.isdisjoint(WORD.findall(line)) or any(text in line for text in self.texts)


def findings(line, private):
    line = OWN_ADDRESS.sub("", MAIL_SERVER.sub("", line))
    found = [what for what, pattern in PATTERNS.items() if pattern.search(line)]
    return found + ["what a client sent or got"] * private.found_in(line)


def check_the_check():
    """A check that finds nothing shows first that it finds what it is for."""
    private = Private(["correct-Horse-7-battery", "an otter, singing", "48151623"])
    leaks = ["user ann.1@example.org", "peer 192.0.2.7", "peer 127.0.0.1:8080", "from ::1",
             "from 2001:db8:0:0:0:0:0:7", "cookie sps_MDEyMzQ1Njc4OWFiY2RlZg", "spu_MDEyMzQ1Njc4OWFiY2RlZg",
             "bearer eyJhbGciOiJFZERTQSJ9.eyJzdWIi", "v4.public.MDEyMzQ1Njc4", "password correct-Horse-7-battery",
             "code 48151623", "password=an otter, singing;", "sallyport: cannot listen on x to 192.0.2.7:80"]
    silent = [line for line in leaks if not findings(line, private)]
    plain = ['"client_network":"127.0.0.0/24"', '"client_network":"2001:0db8:0000:0000::/64"',
             '"time":"2026-01-01T00:00:00.000Z"', "019b76da-a800-7000-8000-000000000000",
             "sallyport: cannot listen on http.redirect_listen, 127.0.0.1:8080: Address already in use"]
    loud = [line for line in plain if findings(line, private)]
    if silent or loud:
        raise SystemExit(f"this check is broken: misses {silent}, takes offence at {loud}")


def check(folder):
    check_the_check()
    private = set()
    for file in folder.glob("*.private"):
        private.update(json.loads(file.read_text(encoding="utf-8")))
    values = [value for value in private if not HARMLESS.fullmatch(value)]
    private = Private(values)
    logs = sorted(folder.glob("*.log"))
    lines = 0
    leaks = []
    for file in logs:
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            lines += 1
            leaks += [f"{file.name}:{number}: {what}: {line[:300]}" for what in findings(line, private)]
    print(f"{len(logs)} logs, {lines} lines, {len(values)} secrets and addresses that went over the wire")
    if leaks:
        print(*leaks[:40], sep="\n")
        raise SystemExit(f"{len(leaks)} leaks in the logs")


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("empty", "check"):
        raise SystemExit(__doc__)
    folder = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "empty":
        folder.mkdir(parents=True, exist_ok=True)
        for file in [*folder.glob("*.log"), *folder.glob("*.private")]:
            file.unlink()
    else:
        check(folder)


if __name__ == "__main__":
    main()
