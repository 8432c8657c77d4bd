/**
 * Sets up a container's mounts in namespaces that are new already, and becomes the program.
 *
 * Descriptor 8 is the program's stderr. Everything that varies comes as arguments: a file for complaints, a file that says that the set-up is done, the host name, the root,
 * steps with their arguments, `--`, and the program. No step follows a link: it mounts on a descriptor, after a look at where that
 * one really is.
 */
export const CHROOT_SCRIPT: string = `
set -eu
umask 022
complaints=$1 done=$2 hostname=$3 root=$4
shift 4
exec 2>"$complaints"
trap 'exit 125' EXIT
at() {
  exec 9<"$1"
  [ "$(readlink /proc/self/fd/9)" = "$1" ] || { echo "$1 is not where it was." >&2; exit 125; }
}
mount --rbind -- "$root" "$root"
if [ -n "$hostname" ]; then echo "$hostname" >/proc/sys/kernel/hostname; fi
while [ "$1" != -- ]; do
  step=$1 path=$2
  shift 2
  case $step in
  directory) [ -e "$path" ] || mkdir -p -- "$path" ;;
  file) [ -e "$path" ] || { mkdir -p -- "\${path%/*}"; : >"$path"; } ;;
  mount)
    at "$path"
    mount -c -t "$1" -o "$2" "$1" /proc/self/fd/9
    shift 2
    ;;
  bind)
    at "$path"
    mount -c --rbind "$1" /proc/self/fd/9
    shift
    ;;
  read-only) if [ -e "$path" ]; then mount -o remount,bind,ro -- "$path"; fi ;;
  guard) if [ -e "$path" ]; then mount --bind -- "$path" "$path"; mount -o remount,bind,ro -- "$path"; fi ;;
  mask)
    if [ -d "$path" ]; then mount -t tmpfs -o ro tmpfs "$path"
    elif [ -e "$path" ]; then mount --bind /dev/null "$path"; fi
    ;;
  device)
    mknod -m 666 "$path" c "$1" "$2"
    shift 2
    ;;
  link)
    ln -s "$1" "$path"
    shift
    ;;
  loopback) if command -v ip >/dev/null; then ip link set "$path" up; fi ;;
  esac
done
shift
: >"$done"
exec 9<&- 2>&8 8>&-
trap - EXIT
exec "$@"
`;
