"""When a certificate ends: Python's ssl tells that only of those that it has verified.

A certificate is DER (X.690); where its validity stands in it, RFC 5280 says in section 4.1.
"""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime
from pathlib import Path

from services.domain.errors import InvalidInput

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_VERSION, _UTC_TIME = 0xA0, 0x17


def end_of_file(path: Path) -> datetime:
    """The last moment at which the first certificate of a PEM file is valid.

    :raises InvalidInput: when there is none in it.
    """
    try:
        found = _PEM.search(path.read_text(encoding="ascii"))
        if found is not None:
            return end_of(ssl.PEM_cert_to_DER_cert(found.group()))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path}: expected a certificate in PEM, got {error}") from error
    raise InvalidInput(f"{path}: expected a certificate in PEM, found none")


def end_of(der: bytes) -> datetime:
    """The last moment at which a certificate is valid.

    :raises ValueError: when it is none.
    """
    try:
        _, at, _ = _element(der, 0)  # Certificate
        _, at, _ = _element(der, at)  # TBSCertificate
        tag, _, after = _element(der, at)
        skipped = 4 if tag == _VERSION else 3  # version, serialNumber, signature, issuer
        for _ in range(skipped - 1):
            _, _, after = _element(der, after)
        _, at, _ = _element(der, after)  # Validity
        _, _, after = _element(der, at)  # notBefore
        tag, start, end = _element(der, after)  # notAfter
        text = der[start:end].decode("ascii")
    except IndexError as error:
        raise ValueError("a certificate that breaks off") from error
    return datetime.strptime(text, "%y%m%d%H%M%SZ" if tag == _UTC_TIME else "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _element(der: bytes, at: int) -> tuple[int, int, int]:
    """The element at an offset: its tag, where its content begins, and where the next element does."""
    tag, length, start = der[at], der[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(der[start : start + size], "big"), start + size
    return tag, start, start + length
