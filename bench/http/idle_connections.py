#!/usr/bin/env python3
"""Resident memory per idle connection of each kind, and the answer time of others meanwhile.

usage: idle_connections.py PATH_TO_SALLYPORT [--connections N]

Each connection makes one request and then says nothing: HTTP/1.1 and HTTP/2, in the clear and under TLS 1.3. A server of
its own for each kind, on core 0; the clients are on core 1. While all of them are held, another client asks for
/v1/auth/me 2,000 times, one at a time.
"""
import argparse, os, resource, signal, socket, ssl, struct, subprocess, tempfile, time

from nginx_compare import free_port, register, resident_mb, wait_for

GET_HEALTH = b"\x82\x86\x04\x07/health\x01\x09localhost"  # HPACK: the static table, and two literals
GOALS = {"HTTP/1.1": 3, "HTTP/2, TLS": 20}  # KB


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def ask_http1(connection):
    connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    got = b""
    while not got.endswith(b'"ok"}'):
        got += connection.recv(4096)


def ask_http2(connection):
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + frame(1, 5, 1, GET_HEALTH))
    got = b""
    while b'"ok"}' not in got:
        got += connection.recv(4096)
    connection.sendall(frame(4, 1, 0))


def start(binary, room, settings):
    port = free_port()
    flags = [flag for setting in settings for flag in ("--set", setting)]
    process = subprocess.Popen(["taskset", "-c", "0", binary, "serve", "--listen", f"127.0.0.1:{port}", "--data", room + "/data", *flags],
                               stdout=subprocess.DEVNULL, stderr=open(room + "/sallyport.log", "w"))
    wait_for(port, "/health")
    return process, port


def certificate(room):
    files = room + "/cert.pem", room + "/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", files[1], "-out", files[0]], check=True, capture_output=True)
    return files


def measure(binary, name, count):
    with tempfile.TemporaryDirectory(prefix="bench-") as room:
        files = certificate(room)
        process, port = start(binary, room, ["loops=1", "http.idle_time=1h", f"http.connections={count + 1000}", f"tls.certificates={files[0]}",
                                             f"tls.keys={files[1]}", "tls.required=false"])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        ask = ask_http2 if "HTTP/2" in name else ask_http1
        context.set_alpn_protocols(["h2" if ask is ask_http2 else "http/1.1"])

        def connect():
            connection = socket.create_connection(("127.0.0.1", port))
            if "TLS" in name:
                connection = context.wrap_socket(connection)
            ask(connection)
            return connection

        try:
            token, _ = register(port)
            warm = [connect() for _ in range(50)]
            before = resident_mb(process.pid)
            held = [connect() for _ in range(count)]
            after = resident_mb(process.pid)
            me = socket.create_connection(("127.0.0.1", port))
            times = []
            for _ in range(2_000):
                began = time.perf_counter()
                me.sendall(f"GET /v1/auth/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
                got = b""
                while not got.endswith(b"}"):
                    got += me.recv(4096)
                times.append(time.perf_counter() - began)
            assert got.startswith(b"HTTP/1.1 200"), got
            times.sort()
            goal = f"at most {GOALS[name]}" if name in GOALS else ""
            print(f"| {name} | {count:,} | {(after - before) * 1024 / count:.1f} | {goal} | {before:.1f} | {after:.1f} | "
                  f"{times[1_000] * 1e3:.2f} | {times[1_980] * 1e3:.2f} |", flush=True)
            for connection in (*held, *warm, me):
                connection.close()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--connections", type=int, default=1000)
    args = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.sched_setaffinity(0, {1})
    print("| kind | held | KB each | goal | MB before | MB with them | /v1/auth/me p50 ms | p99 ms (goal: under 5) |\n|---|---|---|---|---|---|---|---|")
    for name in ("HTTP/1.1", "HTTP/2", "HTTP/1.1, TLS", "HTTP/2, TLS"):
        measure(os.path.abspath(args.binary), name, args.connections)


if __name__ == "__main__":
    main()
