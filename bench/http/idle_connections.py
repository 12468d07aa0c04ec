#!/usr/bin/env python3
"""Resident memory per idle HTTP/1.1 connection, each having made one request; and the answer time of others meanwhile.

usage: idle_connections.py PATH_TO_SALLYPORT [--connections N]
"""
import argparse, os, resource, signal, socket, subprocess, tempfile, time

from nginx_compare import free_port, resident_mb, start_sallyport


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--connections", type=int, default=1000)
    args = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    room, port = tempfile.mkdtemp(prefix="bench-"), free_port()
    server = start_sallyport(os.path.abspath(args.binary), room, port)
    request = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()

    def ask(s):
        s.sendall(request)
        got = b""
        while b'"ok"}' not in got:
            got += s.recv(4096)

    try:
        warm = socket.create_connection(("127.0.0.1", port))
        ask(warm)
        before = resident_mb(server.pid)
        idle = []
        for _ in range(args.connections):
            s = socket.create_connection(("127.0.0.1", port))
            ask(s)
            idle.append(s)
        after = resident_mb(server.pid)
        times = []
        for _ in range(500):
            began = time.perf_counter()
            ask(warm)
            times.append(time.perf_counter() - began)
        times.sort()
        print(f"{args.connections} idle connections: {(after - before) * 1024 * 1024 / args.connections:.0f} bytes resident each ({before:.1f} -> {after:.1f} MB); "
              f"one more client meanwhile: p50 {times[250] * 1e6:.0f} us, p99 {times[495] * 1e6:.0f} us")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


if __name__ == "__main__":
    main()
