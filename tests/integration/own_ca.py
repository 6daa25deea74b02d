"""A certificate authority of a test's own, made with openssl: nobody trusts it who was not given its certificate."""

import ipaddress
import subprocess

_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
_DAYS = "2"


def make(folder, name, addresses):
    """Writes ca.pem, cert.pem (with the name and the addresses in it) and key.pem."""
    folder.mkdir(parents=True)
    _openssl("req", "-x509", *_KEY, "-keyout", folder / "ca.key", "-out", folder / "ca.pem", "-days", _DAYS,
             "-subj", "/CN=Causeway test CA", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    issue(folder, name, addresses)


def issue(folder, name, addresses, stem=""):
    """Another certificate of the CA in that folder; the stem keeps it apart from the first."""
    certificate, key, request = folder / f"{stem}cert.pem", folder / f"{stem}key.pem", folder / f"{stem}request.pem"
    names = ",".join([f"DNS:{name}", *(f"IP:{ipaddress.ip_address(address)}" for address in addresses)])
    extensions = folder / f"{stem}extensions"
    extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
    _openssl("req", *_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    _openssl("x509", "-req", "-in", request, "-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial",
             "-days", _DAYS, "-extfile", extensions, "-out", certificate)
    return certificate, key


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()}")
