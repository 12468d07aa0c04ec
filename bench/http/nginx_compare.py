#!/usr/bin/env python3
"""CPU per request of GET /health and GET /v1/auth/me against nginx's `return 200`, in one run.

usage: nginx_compare.py PATH_TO_SALLYPORT [--rounds N] [--seconds S] [--connections C]

Servers are pinned to core 0 and measured in turn, round after round; wrk is pinned to core 1. CPU per request is the
server's user and system time over the run divided by the completed requests: throughput on a shared machine is noise,
this is much less so. Needs nginx and wrk (tools/packages-bench.txt). Prints a Markdown report.
"""
import argparse, http.client, json, os, re, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return int(fields[11]) / TICKS, int(fields[12]) / TICKS


def resident_mb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1]) / 1024


def wait_for(port, path):
    for _ in range(500):
        try:
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            c.request("GET", path)
            if c.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise SystemExit(f"nothing answers on port {port}")


def start_nginx(room, port):
    conf = os.path.join(room, "nginx.conf")
    with open(conf, "w") as f:
        f.write(f"""daemon off; worker_processes 1; pid {room}/nginx.pid; error_log {room}/error.log;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 600s; default_type application/json;
  client_body_temp_path {room}/b; proxy_temp_path {room}/p; fastcgi_temp_path {room}/f; uwsgi_temp_path {room}/u; scgi_temp_path {room}/s;
  server {{ listen 127.0.0.1:{port} backlog=4096; add_header X-Content-Type-Options nosniff; add_header Cache-Control no-store;
    location / {{ return 200 '{{"status":"ok"}}'; }} }} }}""")
    p = subprocess.Popen(["taskset", "-c", "0", "nginx", "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(port, "/")
    worker = subprocess.check_output(["ps", "-o", "pid=", "--ppid", str(p.pid)], text=True).split()[0]
    return p, int(worker)


def start_sallyport(binary, room, port):
    p = subprocess.Popen(["taskset", "-c", "0", binary, "serve", "--listen", f"127.0.0.1:{port}", "--data", room + "/data", "--set", "loops=1"],
                         stdout=subprocess.DEVNULL, stderr=open(room + "/sallyport.log", "w"))
    wait_for(port, "/health")
    return p


def register(port):
    c = http.client.HTTPConnection("127.0.0.1", port)
    c.request("POST", "/v1/auth/register", json.dumps({"email": "bench@example.org", "password": "correct-Horse-7-battery"}),
              {"Content-Type": "application/json"})
    r = c.getresponse()
    token = json.loads(r.read())["access_token"]
    cookie = next(v.split(";")[0] for k, v in r.getheaders() if k == "Set-Cookie" and v.startswith("sallyport="))
    return token, cookie


def load(url, pid, args, headers=()):
    before = cpu_seconds(pid)
    extra = [x for h in headers for x in ("-H", h)]
    out = subprocess.check_output(["taskset", "-c", "1", "wrk", "-t1", f"-c{args.connections}", f"-d{args.seconds}s", "--latency", *extra, url], text=True)
    after = cpu_seconds(pid)
    requests = int(re.search(r"(\d+) requests in", out)[1])
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if errors:
        raise SystemExit(f"{url}: {errors[0]}")
    p99 = re.search(r"99%\s+(\S+)", out)[1]
    user, system = after[0] - before[0], after[1] - before[1]
    return {"cpu": (user + system) / requests * 1e6, "user": user / requests * 1e6, "rps": requests / args.seconds, "p99": p99}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--connections", type=int, default=64)
    args = parser.parse_args()
    room = tempfile.mkdtemp(prefix="bench-")
    nginx_port, port = free_port(), free_port()
    nginx, nginx_worker = start_nginx(room, nginx_port)
    server = start_sallyport(os.path.abspath(args.binary), room, port)
    try:
        idle = resident_mb(server.pid)
        token, cookie = register(port)
        cases = {
            "nginx return 200": (f"http://127.0.0.1:{nginx_port}/", nginx_worker, ()),
            "GET /health": (f"http://127.0.0.1:{port}/health", server.pid, ()),
            "GET /v1/auth/me, bearer": (f"http://127.0.0.1:{port}/v1/auth/me", server.pid, ("Authorization: Bearer " + token,)),
            "GET /v1/auth/me, cookie": (f"http://127.0.0.1:{port}/v1/auth/me", server.pid, ("Cookie: " + cookie,)),
        }
        rows = {name: [] for name in cases}
        for _ in range(args.rounds):
            for name, (url, pid, headers) in cases.items():
                rows[name].append(load(url, pid, args, headers))
        version = subprocess.check_output(["nginx", "-v"], stderr=subprocess.STDOUT, text=True).strip()
        print(f"# HTTP/1.1 keep-alive against nginx\n\n{version}; one worker and one loop, servers on core 0, "
              f"wrk -t1 -c{args.connections} -d{args.seconds}s on core 1; {args.rounds} rounds, medians (min-max). Request lines of /v1/auth/me go to the log.\n")
        print("| case | CPU µs/request | of it user | requests/s | p99 | CPU, of nginx | of /health |\n|---|---|---|---|---|---|---|")
        median = lambda name, key: statistics.median(r[key] for r in rows[name])
        for name, runs in rows.items():
            cpu = [r["cpu"] for r in runs]
            ratio = lambda base: statistics.median(a["cpu"] / b["cpu"] for a, b in zip(runs, rows[base]))
            print(f"| {name} | {median(name, 'cpu'):.2f} ({min(cpu):.2f}-{max(cpu):.2f}) | {median(name, 'user'):.2f} | {median(name, 'rps'):,.0f} | {runs[-1]['p99']} | "
                  f"{ratio('nginx return 200'):.2f} | {ratio('GET /health'):.2f} |")
        print(f"\nResident after start {idle:.1f} MB, after the run {resident_mb(server.pid):.1f} MB.")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)
        nginx.terminate()
        nginx.wait(10)
        shutil.rmtree(room, ignore_errors=True)


if __name__ == "__main__":
    main()
