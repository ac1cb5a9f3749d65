"""Inside fresh mount and network namespaces: makes ROOT the read-only root, with its volumes, and becomes the command.

usage: enter.py ROOT UID VOLUME... -- COMMAND...     (a volume is PATH for one that may be written, PATH:ro for others)
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys

# <linux/prctl.h>
_CLEAR_AMBIENT = (47, 4)
_NO_NEW_PRIVILEGES = (38, 1)

# <linux/sockios.h>, <linux/if.h>
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Never returns."""
    split = sys.argv.index("--")
    root, uid, *volumes = sys.argv[1:split]
    _raise_loopback()
    mount("--bind", root, root)
    for shared in ("proc", "dev"):
        mount("--rbind", f"/{shared}", f"{root}/{shared}")
    for volume in volumes:
        path = root + volume.removesuffix(":ro")
        mount("--bind", path, path)
        if volume.endswith(":ro"):
            mount("-o", "remount,bind,ro", path)
    mount("-o", "remount,bind,ro", root)
    os.chroot(root)
    os.chdir("/")
    _give_up_rights(int(uid))
    command = sys.argv[split + 1 :]
    os.execv(command[0], command)


def _give_up_rights(uid: int) -> None:
    """Becomes the user for good; in a namespace of one's own one is that user already."""
    if os.getuid() == 0:
        os.setgroups([uid])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    for request in (_CLEAR_AMBIENT, _NO_NEW_PRIVILEGES):
        if _libc.prctl(*request, 0, 0, 0) != 0:
            sys.exit(f"prctl {request}: {os.strerror(ctypes.get_errno())}")


def mount(*arguments: str) -> None:
    """Runs mount, which says itself what is wrong."""
    subprocess.run(["mount", *arguments], check=True)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _GET_FLAGS, request))[1]
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


if __name__ == "__main__":
    main()
