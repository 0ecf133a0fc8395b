#!/usr/bin/env bash
# Runs a program in the root file system of an image as an engine does that is told to be strict: as
# the image's user, with a read-only root, without capabilities, and with one volume.
#
# Usage: run_image.sh ROOT USER_ID VOLUME VOLUME_PATH CONFIGURATION ENVIRONMENT_FILE PROGRAM [ARGUMENT...]
#                                                                                             (as root)
set -euo pipefail

# In a separate mount namespace, so that nothing stays mounted.
exec unshare --mount -- /bin/bash -c '
set -euo pipefail
root=$1 user=$2 volume=$3 volume_path=$4 configuration=$5 environment=$6 without_rights=$7
shift 7
mount --bind "$root" "$root"
mount --bind "$volume" "$root$volume_path"
mount --bind "$configuration" "$root/etc/mxisd"
mount -o remount,bind,ro "$root/etc/mxisd"
# The executable reads itself through /proc/self/exe.
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec python3 -I "$without_rights" "$root" "$user" "$environment" "$@" </dev/null
' bash "$1" "$2" "$3" "$4" "$5" "$6" "$(dirname "$0")/without_rights.py" "${@:7}"
