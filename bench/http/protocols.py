#!/usr/bin/env python3
"""CPU per request over HTTP/2, TLS and gRPC against nginx, h2o and gRPC C++, in one run.

usage: protocols.py PATH_TO_SALLYPORT PATH_TO_BENCH_PROGRAMS [--rounds N] [--requests N]

Servers are pinned to core 0 and measured in turn, round after round; h2load is pinned to core 1. CPU per request is the
server's user and system time over the run divided by the requests that were answered. Needs nginx, h2o, h2load and
openssl (tools/packages-bench.txt). Prints a Markdown report.
"""
import argparse, os, re, signal, statistics, struct, subprocess, tempfile, time

from nginx_compare import cpu_seconds, free_port, wait_for

ANSWER = '{"status":"ok"}'


class Servers:
    """All that are measured, each started on core 0; ended together."""

    def __init__(self, binary, programs, room):
        self.room, self.processes = room, []
        self.certificate, self.key = os.path.join(room, "cert.pem"), os.path.join(room, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", self.key, "-out", self.certificate], check=True, capture_output=True)
        self.pids, self.ports = {}, {}
        self.start("sallyport", lambda port: [
            binary, "serve", "--listen", f"127.0.0.1:{port}", "--data", room + "/data", "--set", "loops=1",
            "--set", f"tls.certificates={self.certificate}", "--set", f"tls.keys={self.key}",
            "--set", "tls.required=false"])
        wait_for(self.ports["sallyport"], "/health")
        self.start_nginx()
        self.start_h2o()
        self.start("echo", lambda port: [programs + "/bench_sallyport_echo", f"127.0.0.1:{port}"])
        self.start("gRPC C++", lambda port: [programs + "/bench_grpc_echo", f"127.0.0.1:{port}"])
        time.sleep(0.5)

    def start(self, name, command, port=None):
        self.ports[name] = port or free_port()
        process = subprocess.Popen(["taskset", "-c", "0", *command(self.ports[name])], stdout=subprocess.DEVNULL,
                                   stderr=open(f"{self.room}/{name.replace(' ', '_')}.log", "w"))
        self.processes.append(process)
        self.pids[name] = process.pid

    def start_nginx(self):
        self.ports["nginx TLS"] = free_port()
        conf = os.path.join(self.room, "nginx.conf")

        def command(port):
            with open(conf, "w") as f:
                f.write(f"""daemon off; worker_processes 1; pid {self.room}/nginx.pid; error_log {self.room}/error.log;
events {{ worker_connections 20000; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; default_type application/json;
  client_body_temp_path {self.room}/b; proxy_temp_path {self.room}/p; fastcgi_temp_path {self.room}/f; uwsgi_temp_path {self.room}/u; scgi_temp_path {self.room}/s;
  ssl_certificate {self.certificate}; ssl_certificate_key {self.key}; ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:s:1m;
  server {{ listen 127.0.0.1:{port} http2 backlog=4096; listen 127.0.0.1:{self.ports["nginx TLS"]} ssl http2 backlog=4096;
    add_header X-Content-Type-Options nosniff; add_header Cache-Control no-store;
    location / {{ return 200 '{ANSWER}'; }} }} }}""")
            return ["nginx", "-c", conf]

        self.start("nginx", command)
        time.sleep(0.5)
        worker = subprocess.check_output(["ps", "-o", "pid=", "--ppid", str(self.pids["nginx"])], text=True).split()[0]
        self.pids["nginx"] = self.pids["nginx TLS"] = int(worker)
        self.pids["sallyport TLS"], self.ports["sallyport TLS"] = self.pids["sallyport"], self.ports["sallyport"]

    def start_h2o(self):
        os.makedirs(self.room + "/www/health")
        with open(self.room + "/www/health/live", "w") as f:
            f.write(ANSWER)
        conf = os.path.join(self.room, "h2o.conf")

        def command(port):
            with open(conf, "w") as f:
                user = "user: root\n" if os.geteuid() == 0 else ""
                f.write(f"""{user}num-threads: 1
pid-file: {self.room}/h2o.pid
error-log: {self.room}/h2o-error.log
hosts:
  default:
    listen: {{host: 127.0.0.1, port: {port}}}
    paths: {{"/": {{file.dir: {self.room}/www}}}}
""")
            return ["h2o", "-c", conf]

        self.start("h2o", command)

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(15)


def load(pid, url, requests, streams, extra=()):
    before = cpu_seconds(pid)
    out = subprocess.check_output(["taskset", "-c", "1", "h2load", "-t1", "-c32", "-m", str(streams), "-n", str(requests), *extra, url], text=True)
    after = cpu_seconds(pid)
    done = int(re.search(r"(\d+) succeeded", out)[1])
    if done != requests:
        raise SystemExit(f"{url}: {done} of {requests} succeeded\n{out}")
    user, system = after[0] - before[0], after[1] - before[1]
    return {"cpu": (user + system) / done * 1e6, "user": user / done * 1e6, "rps": float(re.search(r"([\d.]+) req/s", out)[1])}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("programs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=200_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as room:
        servers = Servers(os.path.abspath(args.binary), os.path.abspath(args.programs), room)
        try:
            measure(servers, args)
        finally:
            servers.stop()


def measure(servers, args):
    text = b"\x0a\x0e" + b"fourteen bytes"
    with open(servers.room + "/call", "wb") as f:
        f.write(struct.pack(">BI", 0, len(text)) + text)
    call = ("-d", f.name, "-H", "content-type: application/grpc", "-H", "te: trailers")
    url = lambda name, scheme="http", path="/health/live": f"{scheme}://127.0.0.1:{servers.ports[name]}{path}"
    echo = "/sallyport.bench.v1.EchoService/Echo"
    many, few = args.requests, max(1, args.requests // 5)
    groups = [
        ("h2c GET, 32 streams", "at most 1/2 of nginx, 1.4 of h2o", "sallyport", {name: (url(name), many, 32) for name in ("sallyport", "nginx", "h2o")}),
        ("h2c GET, 1 stream", "", "sallyport", {name: (url(name), few, 1) for name in ("sallyport", "nginx", "h2o")}),
        ("TLS 1.3 h2 GET, 32 streams", "", "sallyport TLS", {name: (url(name, "https"), many, 32) for name in ("sallyport TLS", "nginx TLS")}),
        ("TLS 1.3 h2 GET, 1 stream", "at most nginx", "sallyport TLS", {name: (url(name, "https"), few, 1) for name in ("sallyport TLS", "nginx TLS")}),
        ("TLS 1.3 HTTP/1.1 GET, 1 at a time", "at most nginx", "sallyport TLS", {name: (url(name, "https"), few, 1, ("--h1",)) for name in ("sallyport TLS", "nginx TLS")}),
        ("gRPC unary, 32 streams", "at most 1/3 of gRPC C++", "echo", {name: (url(name, path=echo), many, 32, call) for name in ("echo", "gRPC C++")}),
        ("gRPC unary, 1 stream", "", "echo", {name: (url(name, path=echo), few, 1, call) for name in ("echo", "gRPC C++")}),
    ]
    rows = {group[0]: {name: [] for name in group[3]} for group in groups}
    for _ in range(args.rounds):
        for title, _, _, cases in groups:
            for name, case in cases.items():
                rows[title][name].append(load(servers.pids[name], *case))
    print(f"# HTTP/2, TLS and gRPC\n\nOne loop or worker each, on core 0; h2load -t1 -c32 on core 1; {args.rounds} rounds of "
          f"{many} requests ({few} with one stream), medians (min-max). The ratio is the median of each round's own. "
          "h2load does not look at grpc-status; the conformance suites do.\n")
    print("| case | server | CPU µs/request | of it user | requests/s | ours to this one | goal |\n|---|---|---|---|---|---|---|")
    for title, goal, own, cases in groups:
        for name in cases:
            runs = rows[title][name]
            cpu = [run["cpu"] for run in runs]
            ratio = "" if name == own else f"{statistics.median(a['cpu'] / b['cpu'] for a, b in zip(rows[title][own], runs)):.2f}"
            print(f"| {title} | {name} | {statistics.median(cpu):.2f} ({min(cpu):.2f}-{max(cpu):.2f}) | "
                  f"{statistics.median(run['user'] for run in runs):.2f} | {statistics.median(run['rps'] for run in runs):,.0f} | {ratio} | {goal if name == own else ''} |")


if __name__ == "__main__":
    main()
