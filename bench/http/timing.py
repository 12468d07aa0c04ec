#!/usr/bin/env python3
"""Whether answer times tell accounts from names without one, one request at a time and 50 in parallel.

usage: timing.py PATH_TO_SALLYPORT [--of-each N]

Known and unknown names are asked about once each, in random order, with a wrong password
and for a new one. A chance of 0.5 says that an
unknown name is as likely to take longer as a known one; p is that of the Mann-Whitney test: small when the two can be
told apart. Prints a Markdown report.
"""
import argparse, os, pathlib, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "e2e"))
import distinguish
import sallyport_process as e2e


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--of-each", type=int, default=1000)
    args = parser.parse_args()
    e2e.Server.binary = os.path.abspath(args.binary)
    with tempfile.TemporaryDirectory(prefix="bench-") as room:
        server = e2e.Server(room)
        server.start()
        try:
            known = [server.register().email for _ in range(args.of_each)]
            print(distinguish.HEAD)
            for at_once in (1, 50):
                unknown = [e2e.fresh_email("nobody") for _ in range(args.of_each)]
                for name, requests in (("sign-in", distinguish.sign_ins), ("recovery", distinguish.recoveries)):
                    compared = distinguish.compare(server.port, requests(known), requests(unknown), at_once)
                    print(f"| {name}, {at_once} at a time | {compared.row()} |", flush=True)
        finally:
            server.close()


if __name__ == "__main__":
    main()
