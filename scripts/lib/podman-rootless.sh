#!/usr/bin/env bash
# Runs podman's service for a user of its own: podman-rootless.sh DIR PACKAGES UID COMMAND... Started by start_engine in
# namespaces of mounts and processes, because the user exists only there, and nothing of the host changes.
set -eu
dir=$1 packages=$2 uid=$3
shift 3

# A folder of the cache may be below one that only root may enter: give the user the same paths without the others.
top=$(printf '%s' "$packages" | cut -d / -f 1-2)
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/packages /mnt/engine
mount --bind "$packages" /mnt/packages
mount --bind "$dir" /mnt/engine
mount -t tmpfs -o mode=755 tmpfs "$top"
mkdir -p "$packages" "$dir"
mount --bind /mnt/packages "$packages"
mount --bind /mnt/engine "$dir"
umount /mnt/packages /mnt/engine /mnt

# The user, and the IDs that its containers may have.
mkdir -p "$dir/etc/upper" "$dir/etc/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$dir/etc/upper,workdir=$dir/etc/work" /etc
if ! grep -q "^bundle-podman:" /etc/passwd; then
  echo "bundle-podman:x:$uid:$uid::$dir/home:/bin/sh" >>/etc/passwd
  echo "bundle-podman:x:$uid:" >>/etc/group
  echo "bundle-podman:$((uid + 100000)):65536" | tee -a /etc/subuid >>/etc/subgid
fi

# As on a usual host, where everybody may make such an interface.
[ -e "$dir/tun" ] || mknod -m 666 "$dir/tun" c 10 200
mount --bind "$dir/tun" /dev/net/tun

rm -rf "$dir/runtime"
mkdir -p "$dir/runtime" "$dir/data" "$dir/run"
chmod 700 "$dir/runtime"
chown "$uid:$uid" "$dir" "$dir/runtime" "$dir/data" "$dir/run"
chown -R "$uid:$uid" "$dir/home" "$dir/networks"
# Not exec: a process that changes its user would outlive the one that ends these namespaces.
setpriv --reuid "$uid" --regid "$uid" --clear-groups --inh-caps=-all \
  env XDG_RUNTIME_DIR="$dir/runtime" USER=bundle-podman "$@"
