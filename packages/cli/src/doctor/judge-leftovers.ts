import type { BooksFacts, FuseSilence, LeftoverFacts, LoopFacts } from './facts.ts';
import { type Finding, finding, type Said } from './finding.ts';

/** At most so many names stand in a sentence. */
const NAMED = 5;

/** What programs that ended early have left under the root, and who clears it. */
export function judgeLeftovers(root: string, facts: LeftoverFacts): readonly Finding[] {
  const found = [
    ...facts.books.flatMap((books) => judgeBooks(root, books, facts)),
    ...facts.fuse.map(judgeFuse),
    ...facts.loops.filter(({ mounted }) => !mounted).map(judgeLoop),
    ...trials(facts.trials),
  ];
  const clean: Said = {
    check: 'leftovers',
    severity: 'fine',
    sentence: 'Nothing is left of programs that ended early.',
  };
  const bad = found.some(({ severity }) => severity !== 'fine');
  return [...found, ...(bad ? [] : [clean])].map((said) => finding('leftovers', said));
}

function judgeBooks(root: string, books: BooksFacts, { mounts }: LeftoverFacts): readonly Said[] {
  const { examination, path, name } = books;
  const { unreadable, driver } = examination;
  if (unreadable !== null) {
    const remedy = 'Use the release that wrote it, or bring its .graphdriver back from a copy.';
    return [{ check: 'books', severity: 'problem', sentence: unreadable, remedy, drivers: [name] }];
  }
  if (driver !== name) {
    const sentence = `${path} is the place of the driver ${name}, and belongs to ${driver}.`;
    const remedy = `Move it to a directory called ${driver}.`;
    return [{ check: 'books', severity: 'problem', sentence, remedy, drivers: [name] }];
  }
  const heal = `Opening the root heals it: graphdriver --root ${quoted(root)} --driver ${name} layer list.`;
  return [inUse(books), ...cutShort(books, heal), ...endedHolds(books, heal), ...heldByNobody(books, mounts)];
}

function inUse({ name, examination: { held, idle, rebooted } }: BooksFacts): Said {
  const since = rebooted ? ' The host was started anew since: the next opening looks at every layer.' : '';
  const sentence = `Of ${counted(held.length + idle.length, 'layer')} of ${name}, ${held.length} are held.${since}`;
  return { check: 'layers', severity: 'fine', sentence, drivers: [name] };
}

function cutShort({ name, examination: { interrupted } }: BooksFacts, remedy: string): readonly Said[] {
  if (interrupted.length === 0) return [];
  const sentence = `The making, change or removal of ${counted(interrupted.length, 'layer')} of ${name} was cut short: ${listed(interrupted)}.`;
  return [{ check: 'half-layers', severity: 'advice', sentence, remedy, drivers: [name] }];
}

function endedHolds({ name, examination: { ended } }: BooksFacts, remedy: string): readonly Said[] {
  if (ended.length === 0) return [];
  const who = listed(ended.map(({ id, pid }) => `${id} (process ${pid})`));
  const sentence = `${counted(ended.length, 'hold')} of ${name} outlived the process: ${who}.`;
  return [{ check: 'ended-holds', severity: 'advice', sentence, remedy, drivers: [name] }];
}

/** Where a process has ended whose hold is still written down, healing unmounts as well. */
function heldByNobody({ name, path, examination }: BooksFacts, mounts: readonly string[]): readonly Said[] {
  const told = new Set(examination.ended.map(({ id }) => id));
  const idle = new Set(examination.idle.filter((id) => !told.has(id)));
  const held = new Set([...examination.held, ...told]);
  const stray = mounts.filter((mount) => {
    const inside = mount.slice(path.length + 1);
    // A layer may be called as the folder is in which others are mounted.
    return mount.startsWith(`${path}/`) && namesOne(inside, idle) && !namesOne(inside, held);
  });
  if (stray.length === 0) return [];
  return [
    {
      check: 'stray-mounts',
      severity: 'advice',
      sentence: `${counted(stray.length, 'mount')} of ${name} ${stray.length === 1 ? 'shows a layer' : 'show layers'} that nobody holds: ${listed(stray)}.`,
      remedy: `Unmount, the last first: umount ${stray.toReversed().slice(0, NAMED).map(quoted).join(' ')}.`,
      drivers: [name],
    },
  ];
}

/** A layer's mount has its id in its path, or its id, a dot and flags. */
function namesOne(path: string, ids: ReadonlySet<string>): boolean {
  return path
    .split('/')
    .some((part) => ids.has(part) || (part.includes('.') && ids.has(part.slice(0, part.lastIndexOf('.')))));
}

function judgeFuse({ path, answer }: FuseSilence): Said {
  const unmount = `umount -l ${quoted(path)}`;
  if (answer === 'dead') {
    const sentence = `The server of the FUSE mount ${path} has ended: everything in it fails with ENOTCONN.`;
    return { check: 'dead-fuse', severity: 'problem', sentence, remedy: `End who uses it, then ${unmount}.` };
  }
  return {
    check: 'silent-fuse',
    severity: 'problem',
    sentence: `The FUSE mount ${path} does not answer: its server hangs, or has been stopped.`,
    remedy: `Let the server go on, or end it; then ${unmount}. Whoever waits is freed by writing 1 to abort under /sys/fs/fuse/connections.`,
  };
}

function judgeLoop({ device, file }: LoopFacts): Said {
  const sentence = `${device} shows ${file}, and is not mounted.`;
  return {
    check: 'loop-devices',
    severity: 'advice',
    sentence,
    remedy: `Detach it, unless you use it: losetup -d ${device}.`,
  };
}

function trials(paths: readonly string[]): readonly Said[] {
  if (paths.length === 0) return [];
  const sentence = `${counted(paths.length, 'folder')} of a probe that was killed: ${listed(paths)}.`;
  return [
    {
      check: 'probe-folders',
      severity: 'advice',
      sentence,
      remedy: `Remove: rm -r ${paths.slice(0, NAMED).map(quoted).join(' ')}.`,
    },
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** As a shell takes it. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
