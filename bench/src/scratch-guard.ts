import { startProcess } from '@graphdriver/host';

/** The variable whose value, the guarded folder, marks a process that is to be ended with it. Its children inherit it. */
export const SCRATCH_VARIABLE = 'GRAPHDRIVER_BENCH_SCRATCH';

/**
 * Waits until its standard input ends without a word, and does what a process that was killed no longer could.
 * The first argument is for how many tenths of a second processes may end by themselves.
 * Each pair after it is a folder and the same as the table of mounts spells it. Processes are told by their environment, not by ids
 * from a file, which may be another's by then. Paths are not looked up (`-c`), for what is mounted there may answer nobody any more.
 */
const SCRIPT = `
read -r word
[ "$word" = done ] && exit
cd /
marked() {
  grep -lzxF "${SCRATCH_VARIABLE}=$1" /proc/[0-9]*/environ 2> /dev/null
}
grace=$1
shift
while [ "$grace" -gt 0 ] && [ -n "$(marked "$1")" ]; do
  sleep 0.1
  grace=$((grace - 1))
done
for try in 1 2 3; do
  for file in $(marked "$1"); do
    id=\${file#/proc/}
    kill -KILL "\${id%/environ}" 2> /dev/null
  done
done
while [ $# -gt 0 ]; do
  FOLDER="$2/" awk 'index($5, ENVIRON["FOLDER"]) == 1 { print $5 }' /proc/self/mountinfo | tac | while read -r spelled; do
    umount -c -l "$(printf '%b' "$(printf '%s' "$spelled" | sed 's/\\\\\\([0-7][0-7][0-7]\\)/\\\\0\\1/g')")"
  done
  rm -rf --one-file-system "$1"
  shift 2
done
`;

/** A process that clears folders away when this one dies. */
export interface ScratchGuard {
  /** Sends it away: it does nothing. */
  end(): void;
}

/**
 * Has folders cleared away as soon as this process dies, however it comes to that, with what is mounted in them and the processes whose
 * environment has {@link SCRATCH_VARIABLE} with the first of them.
 *
 * Costs the start of a shell, some 2 ms, which nothing waits for. Whoever makes the guard clears away by itself, and ends it then.
 */
export function guardScratch(...folders: readonly string[]): ScratchGuard {
  return guardWith(0, folders);
}

/** {@link guardScratch} for processes that see by themselves that this one died, and put away what they have: they get 20 s for it. */
export function guardWorkspace(folder: string): ScratchGuard {
  return guardWith(200, [folder]);
}

function guardWith(grace: number, folders: readonly string[]): ScratchGuard {
  const pairs = folders.flatMap((folder) => [folder, asInMountinfo(folder)]);
  const started = startProcess('sh', ['-c', SCRIPT, 'sh', String(grace), ...pairs], {
    cwd: '/',
    stdout: 'ignore',
    stderr: 'ignore',
    detached: true,
  });
  started.unref();
  return { end: () => void started.stdin?.end('done\n') };
}

/** The kernel writes four characters as octal numbers. */
function asInMountinfo(path: string): string {
  return path.replace(/[ \t\n\\]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
