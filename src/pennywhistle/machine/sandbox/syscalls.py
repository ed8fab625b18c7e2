"""A filter on system calls (seccomp) for what Landlock does not cover: see seccomp(2), bpf(4)."""

import ctypes
import errno
import os
import struct
from dataclasses import dataclass

_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_RETURN_ALLOW = 0x7FFF0000
_RETURN_ERRNO = 0x00050000
_RETURN_KILL_PROCESS = 0x80000000
_LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_JUMP_BITS_SET = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K
# Offsets in struct seccomp_data.
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_CLONE_THREAD = 0x00010000
_X32_BIT = 0x40000000


@dataclass(frozen=True, slots=True)
class _Architecture:
    """The numbers that one processor family gives to the calls that are refused."""

    audit: int
    clone: int
    refused: tuple[int, ...]


# Refused are, in this order: socket, execve, execveat, ptrace, process_vm_readv, process_vm_writev,
# kill, tkill, mount, unshare, setns, bpf, perf_event_open, userfaultfd, add_key, request_key,
# keyctl; on x86 also fork and vfork, which elsewhere are clone. Sockets matter most: Landlock
# guards TCP only, and a socket file of the database would let the child in as our own user.
_ARCHITECTURES = {
    "x86_64": _Architecture(
        audit=0xC000003E,
        clone=56,
        refused=(
            *(41, 59, 322, 101, 310, 311, 62, 200, 165, 272, 308, 321, 298, 323, 248, 249, 250),
            *(57, 58),
        ),
    ),
    "aarch64": _Architecture(
        audit=0xC00000B7,
        clone=220,
        refused=(
            *(198, 221, 281, 117, 270, 271, 129, 130, 40, 97, 268, 280, 241, 282, 217, 218, 219),
        ),
    ),
}
# Calls newer than 5.0 have one number everywhere: pidfd_send_signal, io_uring_setup, pidfd_open.
_REFUSED_EVERYWHERE = (424, 425, 434)
_CLONE3 = 435


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def _instruction(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _program(architecture: _Architecture) -> bytes:
    """The filter: known architecture, then one comparison per refused call, then allowed."""
    refuse = _instruction(_RETURN, _RETURN_ERRNO | errno.EACCES)
    allow = _instruction(_RETURN, _RETURN_ALLOW)
    parts = [
        _instruction(_LOAD_WORD, _ARCHITECTURE_AT),
        _instruction(_JUMP_EQUAL, architecture.audit, if_true=1),
        _instruction(_RETURN, _RETURN_KILL_PROCESS),
        _instruction(_LOAD_WORD, _NUMBER_AT),
        _instruction(_JUMP_AT_LEAST, _X32_BIT, if_false=1),
        refuse,
    ]
    for number in (*architecture.refused, *_REFUSED_EVERYWHERE):
        parts += [_instruction(_JUMP_EQUAL, number, if_false=1), refuse]
    # clone3 hides its flags behind a pointer; without it the C library uses clone, which
    # is allowed for threads only.
    parts += [
        _instruction(_JUMP_EQUAL, _CLONE3, if_false=1),
        _instruction(_RETURN, _RETURN_ERRNO | errno.ENOSYS),
        _instruction(_JUMP_EQUAL, architecture.clone, if_true=1),
        allow,
        _instruction(_LOAD_WORD, _FIRST_ARGUMENT_AT),
        _instruction(_JUMP_BITS_SET, _CLONE_THREAD, if_false=1),
        allow,
        refuse,
    ]
    return b"".join(parts)


def filter_system_calls(libc: ctypes.CDLL) -> bool:
    """Refuse sockets, new programs, new processes and the like from now on, for good.

    Needs PR_SET_NO_NEW_PRIVS. Answers False where this kernel or processor has no such filter.
    """
    architecture = _ARCHITECTURES.get(os.uname().machine)
    if architecture is None:
        return False
    code = _program(architecture)
    program = _Program(len(code) // 8, code)
    return int(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program))) == 0
