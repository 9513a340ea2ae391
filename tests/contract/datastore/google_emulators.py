"""Google's own emulators, started offline and ended without leaving anything behind."""

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from sandbox.runner import leash

_USUAL_PLACES = (
    "/usr/lib/google-cloud-sdk",
    "/usr/share/google-cloud-sdk",
    "/opt/google-cloud-sdk",
    "/snap/google-cloud-sdk/current",
    "~/google-cloud-sdk",
)
_DATASTORE = "cloud-datastore-emulator/cloud_datastore_emulator"
_FIRESTORE = "cloud-firestore-emulator/cloud_firestore_emulator"
_ARGUMENTS = {
    "ds": (_DATASTORE, "start", "--host=127.0.0.1", "--port={port}", "--testing"),
    "dsfs": (_DATASTORE, "start", "--host=127.0.0.1", "--port={port}", "--store_on_disk=False",
             "--store_index_configuration_on_disk=False", "--firestore_in_datastore_mode"),
    "fsds": (_FIRESTORE, "--host=127.0.0.1", "--port={port}", "--database-mode=datastore-mode"),
}  # fmt: skip
NAMES = tuple(_ARGUMENTS)
"""ds: the Datastore emulator; dsfs: the same with Firestore's rules; fsds: the Firestore emulator in Datastore mode."""

_START_SECONDS = 30


@functools.cache
def _platform() -> Path | None:
    """The SDK's folder of components; asking gcloud itself takes a second, so the usual places come first."""
    roots = [Path(place).expanduser() for place in _USUAL_PLACES]
    if not any((root / "platform").is_dir() for root in roots) and shutil.which("gcloud"):
        command = ["gcloud", "info", "--format=value(installation.sdk_root)"]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        roots = [Path(answer.stdout.strip())] if answer.stdout.strip() else []
    return next((root / "platform" for root in roots if (root / "platform").is_dir()), None)


def is_installed(name: str) -> bool:
    """Whether the emulator of that name can be started here."""
    platform = _platform()
    return bool(shutil.which("java") and platform and (platform / _ARGUMENTS[name][0]).is_file())


@contextlib.contextmanager
def running(name: str, log: Path) -> Iterator[str]:
    """Runs an emulator on a free port; gives its host and port. log: where its own words go."""
    platform = _platform()
    assert platform
    port = _free_port()
    program, *arguments = (part.format(port=port) for part in _ARGUMENTS[name])
    with log.open("wb") as output:
        # A session of its own: the program is a shell script around a Java machine, and both must end.
        process = subprocess.Popen(
            [platform / program, *arguments], stdout=output, stderr=output, start_new_session=True, env=_environment()
        )
        try:
            with leash(process):
                _await_health(process, port, log)
                yield f"127.0.0.1:{port}"
        finally:
            _end(process, port)


def _environment() -> dict[str, str]:
    """Half of an emulator's time goes into compiling code a second time, which pays only after minutes."""
    return os.environ | {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _request(port: int, path: str, method: str) -> bytes:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        return bytes(response.read())


def _await_health(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(_START_SECONDS * 20):
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            if _request(port, "/", "GET").startswith(b"Ok"):
                return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            break
    raise RuntimeError(f"the emulator did not start:\n{log.read_text(errors='replace')}")


def _end(process: subprocess.Popen[bytes], port: int) -> None:
    with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
        _request(port, "/shutdown", "POST")
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(5)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
