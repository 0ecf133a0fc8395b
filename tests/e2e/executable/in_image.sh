#!/usr/bin/env bash
# Runs the executable as nobody in the root file system of the container image (distroless/cc), which
# tests/e2e/install.sh assembles from Debian's packages; it is read-only except for /tmp.
#
# Usage: tests/e2e/executable/in_image.sh ROOT EXECUTABLE [ARGUMENT...]     (as root)
set -euo pipefail

# In a separate mount namespace, so that nothing stays mounted.
exec unshare --mount --pid --fork -- /bin/bash -s -- "$@" <<'INSIDE'
set -euo pipefail
root=$1 executable=$2
shift 2
mount --bind "$root" "$root"
mount --bind "$executable" "$root/usr/bin/appservice-mxisd"
# The executable reads itself through /proc/self/exe.
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -o remount,bind,ro "$root/usr/bin/appservice-mxisd"
mount -o remount,bind,ro "$root"
exec chroot --userspec=65534:65534 "$root" /usr/bin/appservice-mxisd "$@" </dev/null
INSIDE
