#!/usr/bin/env python3
"""Runs clang-tidy-19 (rules: .clang-tidy) on the sources of build/release, or on those that changed.

What changed is counted from where this branch left the main one, or else from the last commit; a checkout without
history counts as changed throughout. A changed header is read through the source that is named like it, or one that
includes it. Ends with status 1 if a rule that is an error was broken; other findings are shown and forgiven."""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")


def git(*arguments):
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.split("\0" if "-z" in arguments else None) if done.returncode == 0 else None


def compiled_sources():
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as commands:
        files = {os.path.relpath(entry["file"], ROOT) for entry in json.load(commands)}
    # What is generated is not ours to mend, and a *_misuse.cpp must not compile: that is its test.
    return sorted(file for file in files if not file.startswith(("build" + os.sep, "..")) and
                  not file.endswith("_misuse.cpp"))


def changed_files():
    """Nothing if there is no history to compare with."""
    head = git("rev-parse", "HEAD")
    for branch in ("origin/main", "main"):
        base = git("merge-base", branch, "HEAD")
        if base and base != head:
            break
    else:
        base = git("rev-parse", "--verify", "--quiet", "HEAD~1")
    if not base:
        return None
    tracked = git("diff", "--name-only", "--diff-filter=d", "-z", base[0]) or []
    untracked = git("ls-files", "--others", "--exclude-standard", "-z") or []
    return {file for file in tracked + untracked if file}


def sources_to_read(changed, sources, read=lambda file: open(os.path.join(ROOT, file), encoding="utf-8").read()):
    """The sources by which every changed file is read, each header by as few as one."""
    chosen = {file for file in changed if file in sources}
    for header in sorted(file for file in changed if file.endswith(".h")):
        by_name = re.sub(r"\.h$", ".cpp", header)
        if by_name in sources:
            chosen.add(by_name)
            continue
        include = '#include "%s"' % header.removeprefix("src/")
        readers = [source for source in sources if include in read(source)]
        if readers and not chosen.intersection(readers):
            chosen.add(readers[0])
    return sorted(chosen)


def tidy(source):
    done = subprocess.run(["clang-tidy-19", "-p", BUILD, "--quiet", "--use-color=0", source], cwd=ROOT,
                          capture_output=True, text=True)
    return source, done.returncode, done.stdout.strip(), done.stderr.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changed", action="store_true", help="only what changed")
    parser.add_argument("--at-most", type=int, metavar="N", help="read no more than N sources, and say so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()

    try:
        sources = compiled_sources()
    except FileNotFoundError:
        sys.exit("clang_tidy: build/release is not there: make build")
    changed = changed_files() if options.changed else None
    chosen = sources if changed is None else sources_to_read(changed, sources)
    left_out = chosen[options.at_most:] if options.at_most else []
    chosen = chosen[:len(chosen) - len(left_out)]
    print(f"clang_tidy: reading {len(chosen)} of {len(sources)} sources", flush=True)
    if left_out:
        print(f"clang_tidy: too many changed for one run; `make lint` reads the other {len(left_out)} too")

    warnings, broken = 0, 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for source, status, findings, errors in pool.map(tidy, chosen):
            if status != 0:
                broken += 1
                print(f"{source}\n{findings or errors}", flush=True)
            elif findings:
                warnings += 1
                print(findings, flush=True)
    print(f"clang_tidy: {broken} sources break a rule, {warnings} have warnings")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
