"""A CA for tests, and a server certificate that it has signed."""

import dataclasses
import pathlib
import subprocess

SERVER_NAME = "turn.causeway.test"


@dataclasses.dataclass(frozen=True)
class Pki:
    ca: pathlib.Path
    certificate: pathlib.Path
    key: pathlib.Path


def make(folder, addresses):
    """A certificate for SERVER_NAME and these addresses."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, ca = folder / "ca.key", folder / "ca.pem"
    _openssl("req", "-x509", *_new_key(ca_key), "-subj", "/CN=Causeway test CA", "-days", "2", "-out", ca)
    pki = Pki(ca=ca, certificate=folder / "server.pem", key=folder / "server.key")
    issue(pki, addresses)
    return pki


def issue(pki, addresses, common_name="causeway test", days=2):
    """Replaces the certificate and key files."""
    folder = pki.ca.parent
    request, extensions = folder / "server.csr", folder / "server.ext"
    names = ",".join([f"DNS:{SERVER_NAME}", "DNS:localhost", *(f"IP:{address}" for address in addresses)])
    extensions.write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
    _openssl("req", *_new_key(pki.key), "-subj", f"/CN={common_name}", "-out", request)
    _openssl("x509", "-req", "-in", request, "-CA", pki.ca, "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", days,
             "-extfile", extensions, "-out", pki.certificate)
    pki.key.chmod(0o600)


def _new_key(path):
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", path]


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
