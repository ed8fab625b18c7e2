"""The server's settings and its list of who may connect, written anew at every start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pennywhistle.machine.postgres.account import Account
from pennywhistle.machine.postgres.files import write_whole

OWN_FILE = "custom.conf"
MIB = 1024 * 1024
SHARED_BUFFERS_MIB_MIN, SHARED_BUFFERS_MIB_MAX = 64, 4096
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")

HEADER = f"""\
# Written by the store at every start: changes made here are lost.
# Put your own settings into {OWN_FILE} beside this file; they win.
"""

FIXED: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    # A sale that was acknowledged is on the disk. Never weaken this for the whole server.
    "synchronous_commit": "on",
    "wal_compression": "pglz",  # the wheel is built without lz4 and zstd
    "summarize_wal": "on",  # incremental backups
    "wal_level": "replica",
    # The queue, the ledger and the catalog are many small tables that change all the time.
    "autovacuum_naptime": "20s",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "datestyle": "iso, ymd",
    "default_text_search_config": "pg_catalog.simple",
    "cluster_name": "pennywhistle",
    "logging_collector": "on",
    "log_directory": "log",
    # One file for each day of the week: the oldest is emptied when its day comes again.
    "log_filename": "postgres-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_file_mode": "0600",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
    "log_lock_waits": "on",
}

# Root and the account that owns the files may be any role; the kernel says who is asking.
HBA = """\
# Written by the store at every start. Nobody connects over a network, and nobody without `peer`.
local  all          all  peer  map=store
local  replication  all  peer  map=store
"""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What differs between one store's server and another's."""

    socket_folder: Path
    memory_bytes: int
    extra: Mapping[str, str]

    def settings(self) -> dict[str, str]:
        """Every setting by name; `extra` is left out, since it has to come last."""
        memory_mib = self.memory_bytes // MIB
        shared_mib = min(max(memory_mib // 8, SHARED_BUFFERS_MIB_MIN), SHARED_BUFFERS_MIB_MAX)
        return {
            **FIXED,
            "unix_socket_directories": _quoted_in_list(str(self.socket_folder)),
            "shared_buffers": f"{shared_mib}MB",
            "effective_cache_size": f"{max(memory_mib // 2, shared_mib)}MB",
            "maintenance_work_mem": f"{min(max(memory_mib // 32, 32), 512)}MB",
            "work_mem": "8MB",
        }

    def text(self) -> str:
        """The file postgresql.conf."""
        return "\n".join(
            [
                HEADER,
                *_lines(self.settings()),
                f"include_if_exists = '{OWN_FILE}'",
                *_lines(self.extra),
                "",
            ]
        )


def memory_bytes() -> int:
    """The memory that this machine, or the container around us, has."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = CGROUP_LIMIT.read_text(encoding="ascii").strip()
    except OSError:
        return physical
    return min(physical, int(limit)) if limit.isdigit() else physical


def write(database: Path, configuration: Configuration, *, account: Account) -> None:
    """Write the three files that the server reads, as the server's own."""
    people = {"root"} if os.geteuid() == 0 else set()
    if account.name is not None:
        people.add(account.name)
    ident = "".join(f'store  "{person}"  all\n' for person in sorted(people))
    texts = {
        "postgresql.conf": configuration.text(),
        "pg_hba.conf": HBA,
        "pg_ident.conf": ident,
    }
    for name, text in texts.items():
        write_whole(database / name, text, mode=0o600, account=account)


def _lines(settings: Mapping[str, str]) -> list[str]:
    return [f"{name} = '{_escaped(value)}'" for name, value in settings.items()]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _quoted_in_list(path: str) -> str:
    return '"' + path.replace('"', '""') + '"'
