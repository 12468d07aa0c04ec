"""Certificates for tests, made by the openssl program: an authority of the test's own and what it signs."""
import pathlib
import ssl
import subprocess


class Authority:
    """Signs certificates for servers. Its own is `file`, for `--cacert`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.file = self.folder / "authority.pem"
        self._key = self.folder / "authority.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-subj", "/CN=An authority for tests", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                "-keyout", self._key, "-out", self.file)

    def issue(self, name, hosts, days=30, kind="ec", into=None):
        """Writes NAME.pem and NAME.key for these hosts, replacing what is there in one step each; returns both paths."""
        into = pathlib.Path(into or self.folder)
        chain, key = into / f"{name}.pem", into / f"{name}.key"
        request, extensions = self.folder / "request", self.folder / "extensions"
        kinds = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["-newkey", "rsa:2048"]}
        new_key, new_chain = into / f"{name}.key.new", into / f"{name}.pem.new"
        openssl("req", "-new", *kinds[kind], "-nodes", "-subj", f"/CN={hosts[0]}", "-keyout", new_key, "-out", request)
        names = ",".join(f"IP:{host}" if host[0].isdigit() else f"DNS:{host}" for host in hosts)
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nkeyUsage=digitalSignature\n"
                              "crlDistributionPoints=URI:http://crl.example.org/authority.crl\n"
                              "basicConstraints=CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self._key, "-CAcreateserial",
                "-days", str(days), "-sha256", "-extfile", extensions, "-out", new_chain)
        new_key.rename(key)
        new_chain.rename(chain)
        return chain, key

    def context(self, least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_3, protocols=()):
        """What a client that trusts this authority, and nobody else, speaks."""
        context = ssl.create_default_context(cafile=str(self.file))
        context.minimum_version, context.maximum_version = least, most
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments[0]}: {done.stderr}")
    return done.stdout
