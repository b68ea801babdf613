#!/bin/bash
# boot.sh MACHINE CGROUP: boots systemd as process 1 of namespaces of its own, from a root that cannot be written.
# MACHINE holds `layers` (folders that make up the root, the uppermost first, with : between) and `mounts` (a line
# each: ro or rw, what, where) and `nodes` (character devices: name, major, minor). Ends when it is killed, and all that runs in it ends too.
set -euo pipefail
machine=$1 cgroup=$2
mkdir -p "$cgroup"
echo $$ >"$cgroup/cgroup.procs"
exec unshare -m -p -u -i -C -n -f --kill-child=SIGKILL --propagation private bash -c '
set -euo pipefail
machine=$1
root=$machine/root
mkdir -p "$root"
# Without an upper layer an overlay is read-only.
mount -t overlay -o "lowerdir=$(cat "$machine/layers")" pi-coach-test "$root"
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
while read -r name major minor; do
    mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done <"$machine/nodes"
while read -r how what where; do
    mount --bind "$what" "$root$where"
    mount -o "remount,bind,$how" "$root$where"
done <"$machine/mounts"
ip link set lo up 2>/dev/null || true
cd "$root"
mkdir run/outside
pivot_root . run/outside
umount -l /run/outside
exec env -i container=lxc TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init --log-target=journal
' boot "$machine" </dev/null
