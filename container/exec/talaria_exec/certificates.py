"""Trust in the platform's own authority, for whatever a job runs: needed where the box's HTTPS is intercepted."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

SYSTEM_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
BUNDLE_READERS = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE", "NPM_CONFIG_CAFILE")
"""OpenSSL (Python, wget), requests, pip, git, curl and npm each ask a variable of their own."""


class Certificates:
    """`certificate` may appear at any time; the bundle of it and the system's is made when it does, in `folder`."""

    def __init__(self, certificate: Path, folder: Path) -> None:
        self._certificate = certificate
        self._bundle = folder / "certificates.pem"
        self._made_of: tuple[int, int] | None = None
        self._told = False

    def environment(self) -> Mapping[str, str]:
        """Variables for a job; none where HTTPS is not intercepted."""
        try:
            found = self._certificate.stat()
            if self._made_of != (found.st_mtime_ns, found.st_size):
                self._make()
                self._made_of = (found.st_mtime_ns, found.st_size)
        except FileNotFoundError:
            return {}
        except OSError as error:
            if not self._told:  # the job's own HTTPS shows it too
                print(f"talaria-exec: no bundle of certificates: {error}", file=sys.stderr, flush=True)
            self._told = True
            return {}
        # Node adds its file to the authorities that it has built in.
        return {**dict.fromkeys(BUNDLE_READERS, str(self._bundle)), "NODE_EXTRA_CA_CERTS": str(self._certificate)}

    def _make(self) -> None:
        system = next((Path(name) for name in SYSTEM_BUNDLES if Path(name).exists()), None)
        parts = [path.read_bytes() for path in (system, self._certificate) if path is not None]
        temporary = self._bundle.with_suffix(".new")
        temporary.write_bytes(b"\n".join(parts))
        temporary.replace(self._bundle)
