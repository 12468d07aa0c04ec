#!/usr/bin/env python3
"""Runs every measuring program and writes one report with its tables and a chart of each: bench/report/NAME.md, .svg.

usage: report.py NAME --sallyport PROGRAM --bench FOLDER [--quick]

PROGRAM is the release build, FOLDER holds the bench build's programs. The settings of each run are those in RUNS; --quick
takes a tenth of the time, to try the report itself.
"""
import argparse, datetime, html, os, platform, re, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def runs(args, room):
    """(title, what it says, command, column of the chart, its label); programs print Markdown."""
    quick = args.quick
    store = ["50000", "10000"] if quick else ["1000000", "100000"]
    nginx = ["--rounds", "2", "--seconds", "1"] if quick else ["--rounds", "7"]
    hashing = ["2", "1"] if quick else ["7", "2"]
    timing = ["--of-each", "100"] if quick else []
    http = os.path.join(HERE, "http")
    return [
        ("Bare store port", "goals: 10,000 whole registrations a second and 25,000 accounts with their credential, beside a million accounts",
         [os.path.join(args.bench, "bench_registrations"), os.path.join(room, "store"), *store, "1", "16", "256", "1024"], "a second", "a second"),
        ("Hash pool", "libsodium alone is the floor", [os.path.join(args.bench, "bench_hash_pool"), *hashing], "CPU ms each", "CPU ms a hash"),
        ("HTTP/1.1", "servers on core 0, load on core 1", [sys.executable, os.path.join(http, "nginx_compare.py"), args.sallyport, *nginx],
         "CPU µs/request", "CPU µs a request"),
        ("HTTP/2, TLS and gRPC", "servers on core 0, load on core 1",
         [sys.executable, os.path.join(http, "protocols.py"), args.sallyport, args.bench, *(["--rounds", "2", "--requests", "20000"] if quick else [])], None, None),
        ("Idle connections", "", [sys.executable, os.path.join(http, "idle_connections.py"), args.sallyport, "--connections", "500" if quick else "10000"], None, None),
        ("Answer times", "whether they tell accounts from names without one", [sys.executable, os.path.join(http, "timing.py"), args.sallyport, *timing], None, None),
        ("A million accounts listed", "", [sys.executable, os.path.join(http, "list_users.py"), args.sallyport, "--accounts", "50000" if quick else "1000000"], None, None),
    ]


def table_of(markdown):
    """The rows of the first table, the first of them its head."""
    rows = []
    for line in markdown.splitlines():
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not all(re.fullmatch(r"-*", cell) for cell in cells):
                rows.append(cells)
        elif rows:
            break
    return rows


def bars_of(rows, column):
    """(label, value) for each row: what stands before the column that is text or says how many wait, and the number."""
    at = rows[0].index(column)
    bars = []
    for row in rows[1:]:
        label = row[0] if not re.fullmatch(r"waiting", rows[0][1]) else f"{row[0]}, {row[1]} waiting"
        bars.append((label, float(re.match(r"[\d.,]+", row[at])[0].replace(",", ""))))
    return bars


def chart(title, label, bars):
    """Horizontal bars; readable on light and dark pages."""
    bar, gap, left, width = 22, 10, 300, 860
    height = 60 + len(bars) * (bar + gap)
    most = max(value for _, value in bars)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="14" role="img">',
             f"<title>{html.escape(title)}: {html.escape(label)}</title>",
             "<style>text{fill:#222}.bar{fill:#2b6cb0}@media (prefers-color-scheme:dark){text{fill:#ddd}.bar{fill:#63a4e8}}</style>",
             f'<text x="8" y="24" font-size="17">{html.escape(title)} <tspan font-size="13">({html.escape(label)})</tspan></text>']
    for i, (name, value) in enumerate(bars):
        y = 44 + i * (bar + gap)
        size = max(1, (width - left - 110) * value / most)
        parts.append(f'<text x="{left - 8}" y="{y + 16}" text-anchor="end">{html.escape(name)}</text>'
                     f'<rect class="bar" x="{left}" y="{y}" width="{size:.0f}" height="{bar}" rx="2"/>'
                     f'<text x="{left + size + 6:.0f}" y="{y + 16}">{value:,.10g}</text>')
    return "\n".join([*parts, "</svg>", ""])


def machine():
    processor = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown processor")
    memory = int(re.search(r"MemTotal:\s+(\d+)", open("/proc/meminfo").read())[1]) / 1048576
    return f"{os.cpu_count()} cores ({processor}), {memory:.0f} GiB, Linux {platform.release().split('-')[0]}, load before {os.getloadavg()[0]:.1f}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--sallyport", required=True)
    parser.add_argument("--bench", required=True)
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    folder = os.path.join(HERE, "report")
    text = [f"# Measured: {args.name}\n", f"{datetime.date.today()}. {machine()}. Written by `make bench`; machines are shared and noisy, so read ratios before absolutes.\n"]
    room = tempfile.mkdtemp(prefix="bench-")
    try:
        for title, what, command, column, label in runs(args, room):
            print(f"{title} ...", file=sys.stderr)
            out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            text.append(f"## {title}\n\n" + (f"{what[0].upper()}{what[1:]}.\n\n" if what else "") + f"`{os.path.basename(command[1] if command[0] == sys.executable else command[0])}`: "
                        + re.sub(r"^# .*\n+", "", out).strip() + "\n")
            if column:
                file = f"{args.name}-{re.sub('[^a-z0-9]+', '-', title.lower()).strip('-')}.svg"
                with open(os.path.join(folder, file), "w") as svg:
                    svg.write(chart(title, label, bars_of(table_of(out), column)))
                text.append(f"![{title}: {label}]({file})\n")
    finally:
        shutil.rmtree(room, ignore_errors=True)
    with open(os.path.join(folder, args.name + ".md"), "w") as report:
        report.write("\n".join(text))
    print(f"bench/report/{args.name}.md", file=sys.stderr)


if __name__ == "__main__":
    main()
