import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandExists, run } from '@graphdriver/host';
import { beforeAll, describe, expect, test } from 'vitest';
import { forkByCommit } from '../src/containers/fork-by-commit.ts';
import { dangling, openedStore, type Subject, subjects } from './support/opened-store.ts';

const CALLS = 'openat,write,pwrite64,fdatasync,unlink,unlinkat,rename,renameat,renameat2,rmdir';
const WORKER = fileURLToPath(new URL('./fixture/traced-worker.mjs', import.meta.url));
/** lmdb's two pages that say where everything is; the newer one is what everybody reads. */
const HEADS = 2 * 4096;

/** What a system call did to the books, or to the driver's layers; or what the worker says that it does. */
type Act = 'page' | 'head' | 'flush' | 'durable head' | 'removal' | `begin ${string}` | `end ${string}`;

const reason = await tracingReason();

describe.skipIf(reason !== null)(`changes of the books${reason === null ? '' : `: ${reason}`}`, () => {
  let acts: readonly Act[];
  beforeAll(async () => {
    acts = await tracedActs();
  });

  test.each(['import', 'create', 'rename', 'remove', 'remove image'])(
    '%s has them on the disk when it returns',
    (name) => {
      const during = actsOf(acts, name);
      expect(during).toContain('durable head');
      expect(during.lastIndexOf('durable head')).toBeGreaterThan(during.lastIndexOf('page'));
    },
  );

  test('can be seen by nobody before they are on the disk', () => {
    const afterMaking = acts.slice(acts.indexOf('begin import'));
    expect(afterMaking).not.toContain('head');
    let loose = 0;
    for (const act of afterMaking) {
      if (act === 'page') loose++;
      if (act === 'flush') loose = 0;
      if (act === 'durable head') expect(loose).toBe(0);
    }
  });

  test('are on the disk before any file of an image that they let go of is removed', () => {
    const during = actsOf(acts, 'remove image');
    expect(during).toContain('removal');
    expect(during.slice(0, during.indexOf('removal'))).toContain('durable head');
  });
});

describe.each(subjects)('after a loss of power, over %s', (_name, subject: Subject) => {
  const it = test.skipIf(subject.reason !== null);

  it.each(['origin', 'fork'])(
    'the %s of a fork whose new layer was lost has the files from before, or is gone',
    async (lost) => {
      const first = await openedStore(subject);
      const { folder, store, driver, books } = first;
      await store.containers.create(null, { name: 'origin' });
      {
        await using mount = await store.containers.mount('origin');
        writeFileSync(join(mount.path, 'file'), 'from before');
      }
      await store.containers.fork('origin', { name: 'fork' });
      const { driverLayer } = books.containers.get(store.containers.show(lost).id) ?? { driverLayer: '' };
      await driver.remove(driverLayer);
      await store.close();
      rmSync(join(folder, 'store/boot'));
      const second = await openedStore(subject, folder);
      // A layer that was forked has all that it started from, and goes with it.
      const kept = driver.capabilities.forks ? ['origin', 'fork'].filter((name) => name !== lost) : ['fork', 'origin'];
      expect(
        second.store.containers
          .list()
          .map(({ name }) => name)
          .toSorted(),
      ).toEqual(kept.toSorted());
      for (const name of kept) {
        await using mount = await second.store.containers.mount(name);
        expect(readFileSync(join(mount.path, 'file'), 'utf8')).toBe('from before');
      }
      expect(await dangling(second)).toEqual([]);
    },
  );

  it('a fork by the driver whose layer was lost is gone, although files of an earlier fork are in a layer underneath', async () => {
    const first = await openedStore(subject);
    const { folder, store, driver, books } = first;
    await store.containers.create(null, { name: 'origin' });
    const { id } = store.containers.show('origin');
    // As a store has it that was moved from a driver that forks no layers.
    await forkByCommit(books, id, { id: 'a'.repeat(64), name: 'earlier', call: {} });
    await store.containers.fork('origin', { name: 'fork' });
    const { driverLayer } = books.containers.get(store.containers.show('fork').id) ?? { driverLayer: '' };
    await driver.remove(driverLayer);
    await store.close();
    rmSync(join(folder, 'store/boot'));
    const second = await openedStore(subject, folder);
    const names = second.store.containers.list().map(({ name }) => name);
    expect(names.includes('fork')).toBe(!driver.capabilities.forks);
    expect(names).toEqual(expect.arrayContaining(['earlier', 'origin']));
    expect(await dangling(second)).toEqual([]);
  });
});

/** Why system calls cannot be traced here, or `null`. */
async function tracingReason(): Promise<string | null> {
  if (!commandExists('strace')) return 'There is no command strace.';
  try {
    await run('strace', ['-f', '-o', '/dev/null', 'true']);
    return null;
  } catch {
    return 'Processes cannot be traced here.';
  }
}

function actsOf(all: readonly Act[], name: string): readonly Act[] {
  return all.slice(all.indexOf(`begin ${name}`) + 1, all.indexOf(`end ${name}`));
}

/** Runs the worker, and reads what it did in the order in which it was done. */
async function tracedActs(): Promise<readonly Act[]> {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  try {
    const trace = join(folder, 'trace');
    const how = ['-f', '-y', '-e', `trace=${CALLS}`, '-o', trace];
    await run('strace', [...how, process.execPath, WORKER, folder], { timeout: 0 });
    return actsIn(readFileSync(trace, 'latin1'), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of a call that another one interrupts strace prints the end on a line of its own. What is durable only then counts from there. */
function actsIn(trace: string, folder: string): readonly Act[] {
  const begun = new Map<string, string>();
  const direct = new Set<string>();
  const acts: Act[] = [];
  for (const line of trace.split('\n')) {
    const [, pid = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const isEnd = text.startsWith('<... ');
    const call = isEnd ? (begun.get(pid) ?? '') : text;
    if (text.endsWith('<unfinished ...>')) begun.set(pid, text);
    const opened = /O_DSYNC.* = (\d+)</.exec(`${call}${isEnd ? text : ''}`)?.[1];
    if (opened !== undefined && call.includes('/data.mdb')) direct.add(opened);
    const act = actOf(call, direct, folder);
    const counts = act === 'flush' || act === 'durable head' ? !text.endsWith('<unfinished ...>') : !isEnd;
    if (act !== undefined && counts) acts.push(act);
  }
  return acts;
}

function actOf(call: string, direct: ReadonlySet<string>, folder: string): Act | undefined {
  const said = /^write\(2<.*?>, "((?:begin|end) [a-z ]+)\\n"/.exec(call)?.[1];
  if (said !== undefined) return said as Act; // The worker says nothing else.
  if (/^(?:unlink|rename|rmdir)/.test(call)) return call.includes(`"${folder}/layers/`) ? 'removal' : undefined;
  if (!call.includes('/db/data.mdb>')) return undefined;
  if (call.startsWith('fdatasync(')) return 'flush';
  const [, fd = '', offset = ''] = /^pwrite64\((\d+)<.*, (\d+)(?:\)| <unfinished)/.exec(call) ?? [];
  if (fd === '') return undefined;
  if (Number(offset) >= HEADS) return 'page';
  return direct.has(fd) ? 'durable head' : 'head';
}
