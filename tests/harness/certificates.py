"""A certificate authority of the test's own, made with openssl."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

OPENSSL = shutil.which("openssl")
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """A CA whose certificate is `ca_file`; what it issues lies in `folder` too."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.ca_file, self._key = folder, folder / f"{name}.pem", folder / f"{name}.key"
        basic = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        subject = ("-subj", f"/CN={name} of a test")
        openssl("req", "-x509", *_KEY, "-keyout", self._key, "-out", self.ca_file, "-days", "3", *subject, *basic)

    def issue(self, name: str, days: int = 2, host: str = "localhost") -> Path:
        """A PEM file with the key and the certificate of CN=`name`, for the DNS name `host`.

        With 0 days it has expired a second later. The key alone is in `NAME.key`, the certificate alone in `NAME.crt`.
        """
        key, request, certificate = (self.folder / f"{name}.{suffix}" for suffix in ("key", "csr", "crt"))
        openssl("req", *_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{host}\n")
        openssl(
            "x509", "-req", "-in", request, "-CA", self.ca_file, "-CAkey", self._key, "-CAcreateserial",
            "-days", str(days), "-extfile", extensions, "-out", certificate,
        )  # fmt: skip
        both = self.folder / f"{name}.pem"
        both.write_bytes(key.read_bytes() + certificate.read_bytes())
        return both


def openssl(*arguments: str | Path) -> None:
    """Run a command of openssl."""
    assert OPENSSL is not None
    subprocess.run([OPENSSL, *map(str, arguments)], check=True, capture_output=True)
