"""Has h2spec (github.com/summerwind/h2spec) look at the shipped program's HTTP/2, frame by frame.

Arguments: the program, then h2spec. Under TLS every test must pass; by prior knowledge those that known_failing.txt does
not name.
"""
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))
import certificates  # noqa: E402: found through the line above
import sallyport_process as e2e  # noqa: E402


def known_failing():
    lines = pathlib.Path(__file__).with_name("known_failing.txt").read_text(encoding="utf-8").splitlines()
    return {tuple(part.strip() for part in line.split("|")[:2]) for line in lines if line and not line.startswith("#")}


def results(h2spec, folder, is_tls):
    """(package, test) -> what was expected and what came, or nothing for a test that passed."""
    report = folder / "report.xml"
    settings, flags = [], []
    if is_tls:
        chain, key = certificates.Authority(folder / "authority").issue("server", ["127.0.0.1"])
        settings = [f"tls.certificates={chain}", f"tls.keys={key}", "tls.required=false"]
        flags = ["-t", "-k"]
    server = e2e.Server(folder, settings)
    server.start()
    try:
        command = [h2spec, "-h", "127.0.0.1", "-p", str(server.port), "-P", "/health", "-S", "-o", "1", "-j", str(report),
                   *flags]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=300)
    finally:
        server.close()
    cases = xml.etree.ElementTree.parse(report).iter("testcase")
    return {(case.get("package"), case.get("classname")): case[0].text if len(case) else None for case in cases}


def main():
    e2e.Server.binary, h2spec = (str(pathlib.Path(path).resolve()) for path in sys.argv[1:3])
    is_good = True
    for name, is_tls, known in (("under TLS", True, set()), ("by prior knowledge", False, known_failing())):
        with tempfile.TemporaryDirectory() as folder:
            outcome = results(h2spec, pathlib.Path(folder), is_tls)
        failed = {test for test, problem in outcome.items() if problem is not None}
        for package, test in sorted(failed - known):
            print(f"{package}: {test}\n{outcome[package, test]}\n")
        print(f"{name}: {len(outcome)} tests, {len(outcome) - len(failed)} passed, {len(failed & known)} failed as known, "
              f"{len(failed - known)} failed")
        is_good = is_good and bool(outcome) and not failed - known
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
