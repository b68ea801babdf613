#!/bin/bash
# boot.sh ROOT CGROUP: boots systemd as process 1 of namespaces of its own. Ends when it is killed, and all in it too.
set -euo pipefail
mkdir -p "$2"
echo $$ >"$2/cgroup.procs"
# shellcheck disable=SC2016  # what the inner shell is to expand
exec unshare -m -p -u -i -C -f --kill-child=SIGKILL --propagation private bash -c '
set -euo pipefail
root=$1
mount -t proc -o nosuid,noexec,nodev proc "$root/proc"
mount -t sysfs -o ro,nosuid,noexec,nodev sysfs "$root/sys"
mount -t cgroup2 -o nosuid,noexec,nodev cgroup2 "$root/sys/fs/cgroup"
for place in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs "$root/$place"; done
chmod 1777 "$root/tmp"
mkdir "$root"/dev/{pts,shm}
for node in null zero full random urandom tty; do
  touch "$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
hostname gym
cd "$root"
mkdir run/outside
pivot_root . run/outside
umount -l /run/outside
exec env -i container=lxc TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init --log-target=console --show-status=no
' boot "$1" </dev/null
