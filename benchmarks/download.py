"""A file of 30 MB and an archive of 700 MB that are made already, beside nginx on the loopback.

The store's own web server (granian, as `pennywhistle serve` starts it, with one worker so that its
processor time and memory are told apart) hands both out to a buyer who is signed in; nginx hands
out files of the same bytes, with `sendfile`. The same client reads all of them, in turns.
`…_ratio_to_nginx` is time by time, the median of the rounds; `cpu_s_per_gb` is the web process's.
`peak_mb` is the most that the process ever held: after the file, after the archive, and after
archives to eight clients at once. It is flat if these differ little. `load` is the machine's
when it began: above a half, something else was measured too.
"""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pages import wait_until_ready
from store import a_bench_store, report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pennywhistle.apps.delivery.wanted import Wanted
    from pennywhistle.machine.storage import Stored

sys.path.append(str(Path(__file__).parent.parent / "tests"))

FILE_BYTES, ARCHIVED_BYTES = 30_000_000, 350_000_000  # the archive holds two of the latter
BLOCK_BYTES = 10_000_000
CLIENTS = 8
GB = 1_000_000_000
NGINX = """
worker_processes 1; daemon off; pid {root}/nginx.pid; error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on;
  client_body_temp_path {root}/body; proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi; uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@dataclass(frozen=True)
class Source:
    """Something to download: where, and as whom."""

    port: int
    path: str
    cookie: str = ""

    def fetch(self) -> tuple[float, int]:
        """Seconds from the request to the last byte, and how many bytes there were."""
        began = time.perf_counter()
        buffer, size_bytes = bytearray(1 << 20), 0
        with socket.create_connection(("127.0.0.1", self.port), timeout=120) as line:
            asked = f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nCookie: {self.cookie}\r\n"
            line.sendall(f"{asked}Connection: close\r\n\r\n".encode())
            while count := line.recv_into(buffer):
                if not size_bytes and not buffer.startswith(b"HTTP/1.1 200"):
                    sys.exit(f"{self.path}: {bytes(buffer[:200])!r}")
                size_bytes += count
        return time.perf_counter() - began, size_bytes


def main() -> None:
    """Fill the store and the folder of nginx, download in turns, print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    asked = options.parse_args()
    if shutil.which("nginx") is None:
        sys.exit("The nginx program is not here; on Debian: apt-get install nginx-light")
    # Of both processes that read the buyer's session: ours and the web server.
    os.environ["PENNYWHISTLE_SECRET_KEY"] = secrets.token_urlsafe(64)
    with a_bench_store(), tempfile.TemporaryDirectory(prefix="nginx-") as root:
        shop = Shop(Path(root))
        with nginx(Path(root)) as theirs, web() as (ours, worker):
            pairs = {
                name: (Source(ours, path, shop.cookie), Source(theirs, f"/{name}"))
                for name, path in shop.paths.items()
            }
            report("download", measure(pairs, worker, rounds=asked.rounds))


def measure(
    pairs: dict[str, tuple[Source, Source]], worker: int, *, rounds: int
) -> dict[str, float]:
    """Download in turns, then from several clients at once."""
    figures: dict[str, float] = {"load": os.getloadavg()[0]}
    sent_bytes, cpu_s = 0, 0.0
    for name, (ours, theirs) in pairs.items():
        ours.fetch(), theirs.fetch()
        ratios, seconds = [], []
        for _ in range(rounds * (3 if name == "file" else 1)):
            before_s = cpu_seconds(worker)
            took_s, size_bytes = ours.fetch()
            cpu_s += cpu_seconds(worker) - before_s
            sent_bytes += size_bytes
            ratios.append(took_s / theirs.fetch()[0])
            seconds.append(took_s)
        figures[f"{name}_s"] = statistics.median(seconds)
        figures[f"{name}_ratio_to_nginx"] = statistics.median(ratios)
        figures[f"peak_mb_{name}"] = peak_mb(worker)
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda _: pairs["zip"][0].fetch(), range(CLIENTS)))
    figures[f"peak_mb_zip_{CLIENTS}_clients"] = peak_mb(worker)
    figures["cpu_s_per_gb"] = cpu_s * GB / sent_bytes
    return figures


class Shop:
    """A buyer whose files are made: random bytes in their place, since nobody listens."""

    def __init__(self, root: Path) -> None:
        from django.core.management import call_command
        from django.test import Client

        from pennywhistle.apps.delivery.queries import track_files, wishes_of
        from pennywhistle.apps.media.folders import RENDITIONS
        from pennywhistle.engines.audio import Recipe
        from sounding_shop import a_sounding_shop

        call_command("createcachetable", verbosity=0)
        shop = a_sounding_shop()
        owned = shop.sell_album()
        wishes = wishes_of(user_id=shop.buyer.pk)
        for recipe, size_bytes in (("opus-64", FILE_BYTES), ("flac", ARCHIVED_BYTES)):
            form = Recipe.parse(recipe)
            block = os.urandom(BLOCK_BYTES)
            stored = RENDITIONS.put(block for _ in range(size_bytes // BLOCK_BYTES))
            for file in track_files(shop.shelf.tracks, recipe=form, wishes=wishes):
                keep(file.wanted, stored)
        client = Client()
        client.force_login(shop.buyer)
        self.cookie = f"sessionid={client.cookies['sessionid'].value}"
        track = shop.shelf.tracks[0].public_id
        self.paths = {
            "file": f"/download/{owned.pk}/opus-64?track={track}",
            "zip": f"/download/{owned.pk}/flac.zip",
        }
        for name, path in self.paths.items():
            answer = client.get(path)
            assert answer.status_code == 200, (name, answer.status_code)
            with (root / name).open("wb") as copy:
                for piece in answer:
                    copy.write(piece)
            answer.close()


def keep(wanted: Wanted, stored: Stored) -> None:
    """A rendition as if it had been made."""
    from pennywhistle.apps.media.models import Rendition

    at = datetime.now(UTC)
    Rendition.objects.create(
        key=wanted.key,
        recording_id=wanted.recording_id,
        recipe=wanted.recipe.name,
        sha256=stored.sha256,
        file_size_bytes=stored.size_bytes,
        crc32=stored.crc32,
        made_at=at,
        used_at=at,
    )


def free_port() -> int:
    """One that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def nginx(root: Path) -> Iterator[int]:
    """Serve a folder."""
    port = free_port()
    (root / "nginx.conf").write_text(NGINX.format(root=root, port=port))
    root.chmod(0o755)
    command = ["nginx", "-p", str(root), "-c", str(root / "nginx.conf")]
    server = subprocess.Popen(command)
    try:
        yield port
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def web() -> Iterator[tuple[int, int]]:
    """The store's web server; its port, and the process that answers."""
    port = free_port()
    from pennywhistle.config.serve import web_command

    command = web_command(host="127.0.0.1", port=port, workers=1)
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(server, port)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield port, int(children[-1])
    finally:
        server.terminate()
        server.wait(30)


def cpu_seconds(process: int) -> float:
    """Of this process so far, all threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(process: int) -> float:
    """The most memory that it ever held."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    (peak,) = (line for line in lines if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1000


if __name__ == "__main__":
    main()
