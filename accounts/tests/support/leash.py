"""Run a command that ends when the process that started it ends: `python leash.py SIGNAL PARENT USER COMMAND…`.

A script of its own, so that the suite need not fork Python code while threads run.
"""

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    signal_number, parent, user, *command = sys.argv[1:]
    if user:
        _become(user)
    if sys.platform == "linux":
        # After the change of user: the kernel forgets the setting when credentials change.
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal_number))
        if os.getppid() != int(parent):  # the parent was gone before the leash was on
            sys.exit(1)
    os.execv(command[0], command)


def _become(user: str) -> None:
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


if __name__ == "__main__":
    main()
