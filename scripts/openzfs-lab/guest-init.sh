#!/bin/bash
# The guest's init. Moves to a root in memory, so that several guests can use one lab, mounts what the host shares, runs one command
# and powers off. LAB_CONTROL, a folder of the host given on the kernel's command line, says what to do and takes the exit status.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8

power_off() {
  sync
  echo o >/proc/sysrq-trigger
  sleep 10
}

if [ "$1" != moved ]; then
  mount -t proc proc /proc
  mount -t tmpfs -o mode=755 root /mnt
  cd /mnt || exit 1
  mkdir -p dev proc sys run tmp root home mnt opt srv usr var/lib var/tmp var/log var/cache old
  chmod 1777 tmp var/tmp
  for link in bin sbin lib lib32 lib64 libx32; do [ -L /$link ] && cp -P /$link .; done
  cp -a /etc /guest-init .
  ln -s ../run var/run
  mount --bind /usr usr && mount -o remount,bind,ro usr
  mount -t devtmpfs dev dev
  mount -t sysfs sys sys
  mount -t proc proc proc
  pivot_root . old
  exec chroot . /bin/bash /guest-init moved
fi

umount -l /old
for mount in run dev/shm tmp var/tmp; do mkdir -p /$mount; mount -t tmpfs -o mode=1777,size=75% tmpfs /$mount; done
chmod 755 /run
mkdir -p /dev/pts && mount -t devpts devpts /dev/pts
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/mounts /etc/mtab
for number in 0 1 2; do ln -sf /proc/self/fd/$number "/dev/$(echo stdin stdout stderr | cut -d' ' -f$((number + 1)))"; done
hostname openzfs-lab 2>/dev/null
ulimit -n 65536

share() { # share OPTIONS FOLDER [AT]
  mkdir -p "${3:-$2}" && mount -t hostfs -o "$1,$2" none "${3:-$2}"
}

share rw "$LAB_CONTROL" /run/lab || power_off
mapfile -d '' -t command </run/lab/command
while read -r how folder; do share "$how" "$folder" || echo "cannot share $folder"; done </run/lab/shares
. /run/lab/settings
share ro "$(dirname "$LAB_NODE")" /run/node
mkdir -p /usr/local 2>/dev/null; mkdir -p /run/bin && ln -s "/run/node/$(basename "$LAB_NODE")" /run/bin/node
PATH=/run/bin:$PATH
modprobe -q -a loop fuse overlay quota_v2
if [ -n "$LAB_MODULES" ]; then
  share ro "$LAB_MODULES" /run/modules
  insmod /run/modules/spl.ko && insmod /run/modules/zfs.ko || power_off
fi
echo "ready after $(cut -d' ' -f1 /proc/uptime) s: $(uname -r)"

# Serial lines carry the output: bytes as they are, and the guest waits when the host reads slowly.
for line in 1 2; do stty -F /dev/ttyS$line raw -echo; mkfifo /run/stream$line; cat /run/stream$line >/dev/ttyS$line & readers+=($!); done
cd "$LAB_CWD" || power_off
unset LAB_CONTROL LAB_NODE LAB_MODULES
"${command[@]}" </dev/null >/run/stream1 2>/run/stream2
status=$?
# What the command has left running may hold the streams open, and is ended with the guest.
(sleep 2; kill "${readers[@]}") 2>/dev/null &
wait "${readers[@]}"
echo $status >/run/lab/status
power_off
