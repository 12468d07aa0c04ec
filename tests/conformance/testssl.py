#!/usr/bin/env python3
"""Has testssl.sh look at a server of the given program: no finding may be worse than "low".

usage: testssl.py PATH_TO_SALLYPORT [--report FILE]
"""
import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import certificates  # noqa: E402
from sallyport_process import Server  # noqa: E402

HOST = "auth.example.org"
ACCEPTED = {"OK", "INFO", "LOW"}
OF_THIS_MACHINE = {"engine_problem"}  # what the openssl program here cannot try: GOST


def find_testssl():
    for name in ("testssl.sh", "testssl"):
        if shutil.which(name):
            return name
    raise SystemExit("testssl.sh is not installed: tools/packages-test.txt")


def look(tool, server, authority, room):
    """What testssl.sh found, as it says it in JSON."""
    findings = room / "findings.json"
    done = subprocess.run(
        [tool, "--quiet", "--warnings", "batch", "--color", "0", "--ip", "127.0.0.1", "--nodns", "min", "--add-ca",
         str(authority.file), "--jsonfile", str(findings), f"{HOST}:{server.port}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1_200, check=False,
        env={**os.environ, "HOME": str(room)})
    if not findings.exists():
        raise SystemExit(f"testssl.sh found nothing, status {done.returncode}:\n{done.stdout}{done.stderr}")
    return json.loads(findings.read_text(encoding="utf-8")), done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--report", help="where its whole text goes")
    arguments = parser.parse_args()
    Server.binary = os.path.abspath(arguments.binary)
    room = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-testssl-"))
    server = None
    try:
        authority = certificates.Authority(room / "tls")
        # As long as public authorities give them, and both kinds of keys.
        pairs = [authority.issue(kind, [HOST, "127.0.0.1"], days=90, kind=kind) for kind in ("ec", "rsa")]
        server = Server(room, tls=authority.context(), settings=[
            f"public_url=https://{HOST}", "tls.certificates=" + ",".join(str(chain) for chain, _ in pairs),
            "tls.keys=" + ",".join(str(key) for _, key in pairs)])
        server.start()
        found, text = look(find_testssl(), server, authority, room)
    finally:
        if server is not None:
            server.close()
        shutil.rmtree(room, ignore_errors=True)
    if arguments.report:
        pathlib.Path(arguments.report).write_text(text, encoding="utf-8")
    print(", ".join(f"{count} {severity}" for severity, count in
                    sorted(collections.Counter(finding["severity"] for finding in found).items())))
    for finding in found:
        if finding["severity"] not in {"OK", "INFO"}:
            print(f"{finding['severity']:9}{finding['id']}: {finding['finding']}")
    return 1 if any(finding["severity"] not in ACCEPTED and finding["id"] not in OF_THIS_MACHINE for finding in found) else 0


if __name__ == "__main__":
    sys.exit(main())
