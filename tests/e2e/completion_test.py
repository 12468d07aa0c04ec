"""Shell completion, asked of the shells themselves: bash always, zsh and fish where they are installed."""
import shutil
import subprocess
import unittest

import sallyport_process as e2e

ASK_BASH = r"""
set -u +u
source "$1"
COMP_WORDS=("${@:2}")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; }  # is only there while readline asks
_sallyport
printf '%s\n' "${COMPREPLY[@]}"
"""


def words_of(line):
    """As readline cuts a line: '=' stands alone. The last word is the one being typed, perhaps empty."""
    words = []
    for word in line.split(" "):
        pieces = word.split("=")
        for number, piece in enumerate(pieces):
            if number > 0:
                words.append("=")
            if piece or len(pieces) == 1:
                words.append(piece)
    return words


class Completion(e2e.EndToEndTest):
    def script(self, shell):
        done = subprocess.run([e2e.Server.binary, "completion", shell], capture_output=True, timeout=20,
                              env=e2e.clean_environment())
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        file = self.folder() / f"sallyport.{shell}"
        file.write_bytes(done.stdout)
        return file

    def test_the_scripts_are_sound(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.script(shell)
            if shutil.which(shell):
                done = subprocess.run([shell, "-n", str(script)], capture_output=True, timeout=20)
                self.assertEqual((done.returncode, done.stderr), (0, b""), shell)
        done = subprocess.run([e2e.Server.binary, "completion", "tcsh"], capture_output=True, timeout=20,
                              env=e2e.clean_environment())
        self.assertEqual(done.returncode, 2)

    def test_bash_offers_what_the_command_line_takes(self):
        script, here = self.script("bash"), self.folder()
        (here / "a file.toml").touch()
        (here / "a folder").mkdir()

        def offers(line):
            done = subprocess.run(["bash", "--norc", "-c", ASK_BASH, "ask", str(script), *words_of(line)],
                                  capture_output=True, timeout=20, cwd=here)
            self.assertEqual(done.stderr, b"", line)
            return set(done.stdout.decode().split("\n")) - {""}

        self.assertLessEqual({"serve", "config", "user", "admin", "migrate", "health", "completion"},
                             offers("sallyport "))
        self.assertEqual(offers("sallyport se"), {"serve"})
        self.assertLessEqual({"-h", "--help", "--config", "--data", "--set", "--listen"}, offers("sallyport serve -"))
        self.assertEqual(offers("sallyport user s"), {"show", "set-password", "suspend", "sessions"})
        self.assertEqual(offers("sallyport user list --st"), {"--status"})
        self.assertEqual(offers("sallyport user list --status "), {"pending", "active", "suspended", "deleted"})
        self.assertEqual(offers("sallyport user list --status=a"), {"active"})
        self.assertEqual(offers("sallyport --help user li"), {"list"})
        self.assertEqual(offers("sallyport serve --config "), {"a file.toml", "a folder"})
        self.assertEqual(offers("sallyport serve --data "), {"a folder"})
        self.assertEqual(offers("sallyport serve --data="), {"a folder"})
        self.assertEqual(offers("sallyport backup "), {"a file.toml", "a folder"})
        self.assertEqual(offers("sallyport completion "), {"bash", "zsh", "fish"})
        self.assertEqual(offers("sallyport serve --set http.b"), {"http.body_bytes="})
        self.assertEqual(offers("sallyport serve --set http.body_bytes="), set())
        self.assertEqual(offers("sallyport serve --set http.body_bytes=1"), set())
        self.assertEqual(offers("sallyport serve --set token.audience=list --li"), {"--listen"})
        self.assertEqual(offers("sallyport user list --query serve --aft"), {"--after"})
        self.assertEqual(offers("sallyport serve "), set())
        keys = subprocess.run([e2e.Server.binary, "config", "keys"], capture_output=True, timeout=20,
                              env=e2e.clean_environment()).stdout.decode()
        names = {line.split()[0] + "=" for line in keys.splitlines() if line and not line.startswith(" ")}
        self.assertEqual(offers("sallyport config show --set "), names)

    @unittest.skipUnless(shutil.which("fish"), "no fish on this machine")
    def test_fish_offers_what_the_command_line_takes(self):
        script = self.script("fish")

        def offers(line):
            done = subprocess.run(["fish", "--no-config", "-c", f'source {script}; complete -C "{line}"'],
                                  capture_output=True, timeout=20, cwd=self.folder())
            self.assertEqual(done.stderr, b"", line)
            return {offer.split("\t")[0] for offer in done.stdout.decode().splitlines()}

        self.assertEqual(offers("sallyport se"), {"serve"})
        self.assertEqual(offers("sallyport user s"), {"show", "set-password", "suspend", "sessions"})
        self.assertEqual(offers("sallyport user list --status "), {"pending", "active", "suspended", "deleted"})
        self.assertEqual(offers("sallyport serve --set http.b"), {"http.body_bytes="})
        self.assertLessEqual({"--config", "--data"}, offers("sallyport serve --"))

    @unittest.skipUnless(shutil.which("zsh"), "no zsh on this machine")
    def test_zsh_takes_the_script(self):
        script = self.script("zsh")
        ask = ('autoload -Uz compinit && compinit -D; source "$1"; print -r -- $_comps[sallyport]; '
               '_describe() { local offers_name=$argv[-1]; print -rl -- "${(@P)offers_name}" }; '
               'compadd() { print -rl -- "${@:2}" }; '
               'words=("${(@)argv[2,-1]}"); CURRENT=$#words; _sallyport')

        def offers(*words):
            done = subprocess.run(["zsh", "-f", "-c", ask, "ask", str(script), *words], capture_output=True, timeout=20)
            self.assertEqual(done.stderr, b"", words)
            lines = done.stdout.decode().splitlines()
            self.assertEqual(lines[0], "_sallyport")
            return {line.split(":")[0] for line in lines[1:]}

        self.assertLessEqual({"show", "set-password", "suspend", "sessions"}, offers("sallyport", "user", "s"))
        self.assertEqual(offers("sallyport", "user", "list", "--status", ""), {"pending", "active", "suspended", "deleted"})
        self.assertLessEqual({"--config", "--data"}, offers("sallyport", "serve", "--json", "-"))
        self.assertIn("http.body_bytes=", offers("sallyport", "serve", "--set", ""))


if __name__ == "__main__":
    e2e.main()
