"""Runs a program in another root folder, as a user without capabilities who cannot get any.

Usage: without_rights.py ROOT USER_ID ENVIRONMENT_FILE PROGRAM [ARGUMENT...]     (as root)
"""

import ctypes
import os
import sys

PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

root, user, environment, *command = sys.argv[1:]
with open(environment) as file:
    variables = dict(line.split("=", 1) for line in file.read().splitlines())
libc = ctypes.CDLL(None, use_errno=True)
os.chroot(root)
os.chdir("/")
capability = 0
# Up to the last one that the kernel knows.
while libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
    capability += 1
libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
os.setgroups([])
os.setgid(int(user))
os.setuid(int(user))
os.execve(command[0], command, variables)
