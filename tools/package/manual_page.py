#!/usr/bin/env python3
"""manual_page.py PROGRAM DATE: writes sallyport(8). What the program says of its commands with --help is not said twice:
the page asks it, and cannot be behind it."""
import re
import subprocess
import sys

NAME = "authentication server in one program"

DESCRIPTION = """\
registers people, proves who they are, keeps their sessions and tells other services who is calling.
.B sallyport serve
needs no configuration; installed as a package, the service
.B sallyport.service
runs it with
.IR /etc/sallyport/sallyport.toml .
.PP
While a server runs, the commands that look at data or change it reach that server through a socket in the folder of its
data, as its user or as root. Without one they work on the data themselves. On a machine with the service:
.PP
.RS
.B sudo -u sallyport sallyport user list --data /var/lib/sallyport
.RE"""

ENDING = r"""
.SH EXIT STATUS
.TP
.B 0
Done; of
.BR serve :
ended by SIGTERM or SIGINT.
.TP
.B 1
Failed, with a sentence on standard error.
.TP
.B 2
Wrong arguments or a wrong setting.
.TP
.B 70
The store failed. Nothing that was answered with success is lost; the next start recovers.
.SH ENVIRONMENT
.TP
.BR SALLYPORT_ \fIKEY\fR
A setting:
.B http.body_bytes
is
.BR SALLYPORT_HTTP_BODY_BYTES .
With
.B _FILE
behind it, the file that holds the value.
.TP
.BR SALLYPORT_MASTER_KEY ", " SALLYPORT_MASTER_KEY_FILE
The master key, or the file that holds it, if it is not in the folder of the data.
.TP
.BR NOTIFY_SOCKET ", " WATCHDOG_USEC
As
.BR sd_notify (3)
and
.BR sd_watchdog_enabled (3)
have them:
.B serve
says when it is ready, that it is alive, and when it ends.
.SH FILES
.TP
.I /etc/sallyport/sallyport.toml
Settings of the service.
.TP
.I /var/lib/sallyport
Its data: the database, the master key, and the backups of
.BR sallyport-backup.timer .
Removing the package, or purging it, leaves all of them.
.TP
.I /usr/share/doc/sallyport
The manual, and drop-ins for the service.
.SH SIGNALS
SIGTERM and SIGINT end
.B serve
in order: not ready for
.BR shutdown.delay ,
then running requests get
.B shutdown.grace
to end.
.SH SEE ALSO
.BR systemctl (1),
.BR systemd.exec (5),
.BR journalctl (1)
"""


def escaped(text):
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def help_of(program, command):
    """What `program command --help` says: its sentence, and its sections as lists of (term, meaning)."""
    said = subprocess.run([program, *command, "--help"], capture_output=True, check=True, text=True).stdout
    before, *rest = re.split(r"^(\w[\w ]*):\n", said, flags=re.MULTILINE)
    sections = {}
    for title, body in zip(rest[::2], rest[1::2]):
        entries = []
        for line in body.splitlines():
            if re.match(r"  \S", line):
                term, _, meaning = line.strip().partition("  ")
                entries.append([term, meaning.strip()])
            elif line.strip() and entries:
                entries[-1][1] = (entries[-1][1] + " " + line.strip()).strip()
        sections[title] = entries
    return before.split("\nUsage:")[0].strip(), sections


def commands_of(program, command=()):
    """Every command and what it says, groups before what is in them."""
    sentence, sections = help_of(program, command)
    yield command, sentence, sections
    for name, _ in sections.get("Subcommands", []):
        yield from commands_of(program, (*command, name))


def page(program, date):
    version = subprocess.run([program, "version"], capture_output=True, check=True, text=True).stdout.split()[-1]
    lines = [f'.TH SALLYPORT 8 {date} "Sallyport {version}" "System administration"',
             ".SH NAME", rf"sallyport \- {NAME}",
             ".SH SYNOPSIS", ".B sallyport", r".I COMMAND", r"[\fIOPTION\fR]...",
             ".SH DESCRIPTION", ".B Sallyport", DESCRIPTION, ".SH COMMANDS"]
    for command, sentence, sections in commands_of(program):
        if not command or "Subcommands" in sections:
            continue
        arguments = " ".join(rf"\fI{escaped(term.split()[0])}\fR" for term, _ in sections.get("Positionals", []))
        lines += [".SS " + f"\\fB{escaped(' '.join(command))}\\fR {arguments}".strip(), escaped(sentence)]
        for term, meaning in sections.get("Positionals", []) + sections.get("Options", []):
            if not term.startswith("-h,"):
                lines += [".TP", f"\\fB{escaped(term.removesuffix(' REQUIRED'))}\\fR", escaped(meaning)]
    return "\n".join(lines) + ENDING


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    print(page(*sys.argv[1:]), end="")
