"""A proxy that ends TLS for Google's hosts and hands what comes to the simulated Google, which knows no TLS.

For programs that can be told a proxy and a certificate authority, but not other addresses of Google. It connects to
nothing else: a CONNECT for any other host is refused. `python -m bench.tls_proxy FOLDER HOST PORT` makes an authority
of its own (ca.pem in the folder), prints the port of the proxy, and serves until its input ends.
"""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOSTS = ("admin.googleapis.com", "www.googleapis.com", "oauth2.googleapis.com")
CA, CHAIN = "ca.pem", "proxy.pem"
_PIECE = 65536


@contextmanager
def running_proxy(folder: Path, google_url: str) -> Iterator[str]:
    """The proxy's address, http://127.0.0.1:PORT; its authority is in the folder."""
    google = urlsplit(google_url)
    command = [sys.executable, "-m", "bench.tls_proxy", str(folder), str(google.hostname), str(google.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}" if process.stdout else ""
        finally:
            process.terminate()


def make_certificates(folder: Path) -> None:
    """An authority, and a certificate of it for the hosts, good for a day."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _builder("Authority of a benchmark", "Authority of a benchmark", authority_key)
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = authority.add_extension(_may_sign(), critical=True).sign(authority_key, hashes.SHA256())
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS])
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    leaf = _builder(HOSTS[0], "Authority of a benchmark", key).add_extension(names, critical=False)
    leaf = leaf.add_extension(identifier, critical=False)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / CA).write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    certificate = leaf.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (folder / CHAIN).write_bytes(private + certificate)


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now, public = datetime.now(UTC), key.public_key()
    builder = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(public)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _may_sign() -> x509.KeyUsage:
    return x509.KeyUsage(
        key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


async def serve(folder: Path, host: str, port: int) -> None:
    """Until the input ends."""
    make_certificates(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / CHAIN)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _tunnel(reader, writer, context, host, port)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass  # the client went away, which is its own business
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1")
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


async def _tunnel(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext, host: str, port: int
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    method, target, *_ = head.split()
    if method != "CONNECT" or target not in {f"{name}:443" for name in HOSTS}:
        print(f"refused: {method} {target}", file=sys.stderr, flush=True)
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        return
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await writer.drain()
    await writer.start_tls(context)
    from_google, to_google = await asyncio.open_connection(host, port)
    await asyncio.gather(_copy(reader, to_google), _copy(from_google, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
