import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open as openFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Driver, DriverSettings } from '@graphdriver/core';
import { createMounter } from '@graphdriver/host';
import {
  guardedRoot,
  loopFilesystem,
  loopFilesystemReason,
  privilegeReason,
  requireOrSkip,
} from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DaemonClient } from '../src/daemon/client.ts';
import { aufs, readTrace } from '../src/index.ts';
import { AufsLayout } from '../src/layout.ts';

const LARGE = 600_000;
const LARGER = 3 * 1024 ** 2;
const DEEPEST = 500;
const BASE = `
mkdir -p deep/down lower
echo of-base > file; echo many > one; ln one two
head -c ${LARGE} /dev/zero > large; head -c ${LARGER} /dev/zero > larger
echo small > deep/down/small; echo in > lower/in
`;

const noBtrfs = await loopFilesystemReason('btrfs');
const reason = requireOrSkip('aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.');

/** A shell beside us: this process must not block while the daemon may need it. */
async function shell(directory: string, script: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-ec', script], { cwd: directory, timeout: 60_000 });
  return stdout.trim();
}

async function withLayer<T>(
  root: string,
  settings: DriverSettings,
  run: (path: string, driver: Driver) => Promise<T>,
): Promise<T> {
  const driver = await aufs.open({ root, settings });
  try {
    await driver.create('base');
    const base = await driver.get('base');
    await shell(base.path, BASE);
    await base.put();
    await driver.commit('base');
    await driver.create('layer', { parent: 'base' });
    const mount = await driver.get('layer');
    try {
      return await run(mount.path, driver);
    } finally {
      await mount.put();
    }
  } finally {
    await driver.close();
  }
}

describe.skipIf(reason !== null)(`aufs, mounted${reason === null ? '' : `: ${reason}`}`, () => {
  let scratch: Awaited<ReturnType<typeof guardedRoot>>;
  let turn = 0;

  beforeAll(async () => {
    scratch = await guardedRoot({ prefix: 'wurzel-ä-' });
  }, 600_000);

  afterAll(async () => {
    await scratch?.[Symbol.asyncDispose]();
  });

  /** Runs a test on a mounted layer over a base, and takes everything away. */
  async function onLayer(
    run: (path: string, driver: Driver) => Promise<void>,
    settings: DriverSettings = {},
  ): Promise<void> {
    turn += 1;
    await withLayer(join(scratch.path, `${turn}`), settings, run);
  }

  it('a file without a name can be written and then given one', () =>
    onLayer(async (path) => {
      const script = `python3 -c "
import os
fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o640); os.write(fd, b'abc')
os.link('/proc/self/fd/%d' % fd, 'named', src_dir_fd=os.open('.', 0), follow_symlinks=True)"
stat -c '%a %h %s' named`;
      expect(await shell(path, script)).toBe('640 1 3');
    }));

  it('a write of another user takes set-id bits away, from small files and from those that the kernel reads itself', () =>
    onLayer(async (path) => {
      const script = `for f in file large; do chmod 6777 $f
setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "echo x >> $f"; stat -c %a $f; done`;
      expect(await shell(path, script)).toBe('777\n777');
    }));

  it('a new file in a directory with the set-group-id bit has the group of the directory', () =>
    onLayer(async (path) => {
      const script = `mkdir g; chgrp 1234 g; chmod 2777 g
setpriv --reuid 1000 --regid 1000 --clear-groups sh -c "mkdir g/d; touch g/f"; stat -c '%u %g %a' g/d g/f`;
      expect(await shell(path, `umask 022; ${script}`)).toBe('1000 1234 2755\n1000 1234 644');
    }));

  it('who reads a file while it is first written sees it as it was, by the kernel’s own reading as by ours', () =>
    onLayer(async (path) => {
      for (const name of ['file', 'large']) {
        const before = await readFile(join(path, name));
        const early = await openFile(join(path, name), 'r');
        await writeFile(join(path, name), 'NEW', { flag: 'r+' });
        expect(await early.readFile()).toEqual(before);
        await early.close();
        expect((await readFile(join(path, name))).subarray(0, 3).toString()).toBe('NEW');
      }
    }));

  it('a large file that was read and closed shows the write that comes then, and nothing of it stays open', () =>
    onLayer(async (path, driver) => {
      const changes = [
        ['echo NEW > large', 4 + LARGER],
        ['echo NEW >> larger', 8 + LARGER],
        ['truncate -s 3 larger', 7],
        ['rm large larger', 0],
      ] as const;
      for (const [change, size] of changes) {
        await shell(path, `cat large larger > /dev/null; ${change}`);
        expect(await shell(path, 'cat large larger 2> /dev/null | wc -c || true')).toBe(`${size}`);
      }
      const { pid } = (await new DaemonClient(new AufsLayout(driver.root)).status()) ?? { pid: 0 };
      await expect.poll(() => shell('/', `readlink /proc/${pid}/fd/* | grep -c /large || true`)).toBe('0');
    }));

  it('the access times of a layer stay, where we read it ourselves', () =>
    onLayer(async (path, driver) => {
      const layer = join(driver.root, 'diff/base');
      const times = `stat -c '%n %x' ${layer}/file ${layer}/larger`;
      await shell(layer, 'touch -a -d 2001-01-01 file larger');
      const before = await shell('/', times);
      await shell(path, 'cat file > /dev/null; echo x >> larger');
      expect(await shell('/', times)).toBe(before);
    }));

  it('with passthrough=off who reads a file while it is first written sees the write', () =>
    onLayer(
      async (path) => {
        for (const name of ['file', 'large']) {
          const early = await openFile(join(path, name), 'r');
          await writeFile(join(path, name), 'NEW', { flag: 'r+' });
          expect((await early.readFile()).subarray(0, 3).toString()).toBe('NEW');
          await early.close();
        }
      },
      { passthrough: 'off' },
    ));

  it('the trace tells each copy_up with its path, size and layer', () =>
    onLayer(async (path, driver) => {
      await shell(path, 'echo x >> deep/down/small; echo x >> large; chmod 700 one; cat nowhere || true');
      const report = await readTrace(driver.root, 'layer');
      const told = report?.copyUps.map(({ path: name, size, layer }) => [name, size, layer]);
      expect(told).toEqual([
        ['/deep/down/small', 6, 1],
        ['/large', LARGE, 1],
        ['/one', 5, 1],
      ]);
      for (const { search, copy, metadata } of report?.copyUps ?? []) {
        expect([search, copy, metadata].every((part) => part >= 0)).toBe(true);
      }
      expect(report?.counters.absent).toBeGreaterThan(0);
      expect(await readTrace(driver.root, 'base')).toBeNull();
    }));

  it.skipIf(noBtrfs !== null)('copies share their blocks where files can, and the trace says so', async () => {
    await using place = await loopFilesystem({ type: 'btrfs', size: 512 * 1024 ** 2 });
    const { told, content } = await withLayer(join(place.path, 'root'), {}, async (path, driver) => {
      await shell(path, 'echo x >> file; echo x >> larger; : > large; chmod 700 lower');
      const report = await readTrace(driver.root, 'layer');
      return {
        told: report?.copyUps.map(({ path: name, manner }) => [name, manner]),
        content: await shell(path, 'cat file; tail -c 2 larger; stat -c %s larger large'),
      };
    });
    expect(told).toEqual([
      ['/file', 'cloned'],
      ['/larger', 'cloned'],
      ['/large', 'no-content'],
    ]);
    expect(content).toBe(`of-base\nx\nx\n${LARGER + 2}\n0`);
  });

  it('closing a file waits for nothing, whether it was made, read or copied up', () =>
    onLayer(async (path, driver) => {
      await shell(path, 'echo new > made; cat made file deep/down/small > /dev/null; echo more >> deep/down/small');
      const daemon = new DaemonClient(new AufsLayout(driver.root));
      const { requests = {} } = (await daemon.trace('layer')) ?? {};
      expect(requests['OPEN']?.count).toBeGreaterThan(0);
      expect(requests['FLUSH']).toBeUndefined();
    }));

  it('a mount outlives its daemon: who asks meanwhile waits, and nothing that was written is lost', () =>
    onLayer(async (path, driver) => {
      const daemon = new DaemonClient(new AufsLayout(driver.root));
      const load = shell(
        path,
        `mkdir load; for i in $(seq 100); do
  mkdir load/$i; echo $i > load/$i/made; ln load/$i/made load/$i/linked; ln -s made load/$i/soft; mkfifo load/$i/fifo
  mv load/$i/made load/$i/moved; mv -T load/$i load/at-$i; rm load/at-$i/linked load/at-$i/fifo; mkdir load/gone; rmdir load/gone
done; find load -mindepth 2 | wc -l; cat load/*/moved | sort -n | tail -1; stat -c %h load/*/moved | sort -u`,
      );
      const kills = async (): Promise<void> => {
        for (let count = 0; count < 4; count += 1) {
          await new Promise((resolve) => setTimeout(resolve, 300));
          const { pid } = (await daemon.status()) ?? { pid: 0 };
          expect(pid).toBeGreaterThan(0);
          process.kill(pid, 'SIGKILL');
          // Waits for the next one.
          expect(await shell(path, 'cat file')).toBe('of-base');
          expect((await daemon.status())?.pid).not.toBe(pid);
        }
      };
      const [found] = await Promise.all([load, kills()]);
      expect(found.split('\n')).toEqual(['200', '100', '1']);
      await shell(path, 'echo after >> deep/down/small');
      expect(readFileSync(join(driver.root, 'diff/layer/deep/down/small'), 'latin1')).toBe('small\nafter\n');
    }));

  it('files that the kernel reads and writes itself stay open while one daemon takes over from another', () =>
    onLayer(async (path, driver) => {
      const daemon = new DaemonClient(new AufsLayout(driver.root));
      const reader = await openFile(join(path, 'large'), 'r');
      const writer = await openFile(join(path, 'made'), 'w');
      await writer.write('before ');
      const { pid } = (await daemon.status()) ?? { pid: 0 };
      process.kill(pid, 'SIGKILL');
      await writer.write('meanwhile ');
      expect((await reader.read(Buffer.alloc(10), 0, 10, LARGE - 4)).bytesRead).toBe(4);
      expect(await shell(path, 'cat file')).toBe('of-base');
      await writer.write('after');
      expect(await readFile(join(path, 'made'), 'utf8')).toBe('before meanwhile after');
      await Promise.all([reader.close(), writer.close()]);
      expect((await daemon.status())?.pid).not.toBe(pid);
    }));

  it('who is in a directory, or has a file open, goes on with it when one daemon has taken over from another', async () => {
    for (const passthrough of ['on', 'off']) {
      await onLayer(
        async (path, driver) => {
          const daemon = new DaemonClient(new AufsLayout(driver.root));
          await shell(path, 'mkdir -p new/below; echo listed > new/below/file; mkdir old; mv old new/moved');
          const [kill, done] = [join(driver.root, 'kill'), join(driver.root, 'done')];
          await shell(driver.root, `mkfifo ${kill} ${done}`);
          const inside = shell(
            path,
            `exec 3< large 4>> log 5< deep/down/small; echo before >&4
cd deep/down; (cd ../../new/moved; echo ready > ${kill}; read x < ${done}; pwd; touch here; ls; stat -c %h .) & 
wait; ls; cat small; echo after >&4; stat -L -c %s /dev/fd/3 /dev/fd/4; head -c 3 <&3 | od -An -tx1
cat /dev/fd/5; cat ../../log; stat -c %s ../../log; exec 4>> ../../log; echo again >&4; tail -1 ../../log`,
          );
          await readFile(kill);
          const { pid } = (await daemon.status()) ?? { pid: 0 };
          process.kill(pid, 'SIGKILL');
          await writeFile(done, '\n');
          expect((await inside).split('\n')).toEqual([
            `${path}/new/moved`,
            'here',
            '1',
            'small',
            'small',
            `${LARGE}`,
            '13',
            ' 00 00 00',
            'small',
            'before',
            'after',
            '13',
            'again',
          ]);
          expect((await daemon.status())?.pid).not.toBe(pid);
          expect(await shell(driver.root, 'cat diff/layer/log')).toBe('before\nafter\nagain');
        },
        { passthrough },
      );
    }
  });

  it('a root with 500 branches is one tree: what is highest shows, and the first write copies it from the lowest', async () => {
    const layout = new AufsLayout(join(scratch.path, 'deep'));
    const branches = Array.from({ length: DEEPEST }, (_, number) => layout.diff(`${number}`));
    const [target, work] = [layout.mountpoint('0'), layout.work('0')];
    for (const directory of [...branches, target, work]) mkdirSync(directory, { recursive: true });
    for (const [number, branch] of branches.entries()) {
      mkdirSync(join(branch, 'shared'));
      writeFileSync(join(branch, 'shared', `of-${number}`), `${number}`);
      if (number > 0) writeFileSync(join(branch, 'all'), `${number}`);
    }
    await new DaemonClient(layout).mount({
      id: '0',
      target,
      branches,
      work,
      volatile: true,
      passthrough: true,
      cacheEntries: 1000,
    });
    try {
      expect(await shell(target, 'ls shared | wc -l; cat all shared/of-499; echo x >> shared/of-499')).toBe(
        '500\n1499',
      );
      expect(readFileSync(join(layout.diff('0'), 'shared/of-499'), 'latin1')).toBe('499x\n');
    } finally {
      await createMounter().unmount(target);
    }
  });
});
