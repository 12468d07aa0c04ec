"""Has h2spec (github.com/summerwind/h2spec) look at the shipped program's HTTP/2, frame by frame.

Arguments: the program, then h2spec. Fails when a test fails that known_failing.txt does not name.
"""
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))
import sallyport_process as e2e  # noqa: E402: found through the line above


def known_failing():
    lines = pathlib.Path(__file__).with_name("known_failing.txt").read_text(encoding="utf-8").splitlines()
    return {tuple(part.strip() for part in line.split("|")[:2]) for line in lines if line and not line.startswith("#")}


def results(program, h2spec, folder):
    """(package, test) -> what was expected and what came, or nothing for a test that passed."""
    report = folder / "report.xml"
    e2e.Server.binary = program
    server = e2e.Server(folder)
    server.start()
    try:
        command = [h2spec, "-h", "127.0.0.1", "-p", str(server.port), "-P", "/health", "-S", "-o", "1", "-j", str(report)]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=300)
    finally:
        server.close()
    cases = xml.etree.ElementTree.parse(report).iter("testcase")
    return {(case.get("package"), case.get("classname")): case[0].text if len(case) else None for case in cases}


def main():
    program, h2spec = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        outcome = results(program, h2spec, pathlib.Path(folder))
    failed = {test for test, problem in outcome.items() if problem is not None}
    known = known_failing()
    for package, test in sorted(failed - known):
        print(f"{package}: {test}\n{outcome[package, test]}\n")
    print(f"{len(outcome)} tests, {len(outcome) - len(failed)} passed, {len(failed & known)} failed as known, "
          f"{len(failed - known)} failed")
    return 1 if failed - known or not outcome else 0


if __name__ == "__main__":
    sys.exit(main())
