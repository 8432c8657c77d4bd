import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockFile } from '../src/lock-file.ts';

/** A directory for one test. What is mounted in it is taken away by the commands, not by the code under test. */
export function scratch(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'graphdriver-host-'));
  return {
    path,
    [Symbol.dispose]() {
      const mounts = execFileSync('findmnt', ['-rno', 'TARGET'], { encoding: 'latin1' }).split('\n');
      const inside = mounts.filter((line) => line.startsWith(path)).reverse();
      for (const line of inside) {
        const target = Buffer.from(
          line.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
          'latin1',
        );
        execFileSync('sh', ['-c', 'xargs -0 umount -l --'], { input: target });
      }
      // rmSync fails on trees deeper than a path can say.
      execFileSync('rm', ['-rf', path]);
    },
  };
}

/** Keeps out every other test of this machine that mounts. */
export async function machineLock(): Promise<Disposable> {
  const file = LockFile.open(join(tmpdir(), 'graphdriver-tests.lock'));
  await file.acquire(['machine']);
  return { [Symbol.dispose]: () => file.close() };
}

/** A small file system of its own, gone with the scratch directory. */
export function loopMount(scratchPath: string, type: 'ext4' | 'xfs' | 'btrfs'): string {
  const [image, path] = [join(scratchPath, `${type}.image`), join(scratchPath, type)];
  writeFileSync(image, '');
  truncateSync(image, 320 << 20);
  execFileSync(`mkfs.${type}`, type === 'ext4' ? ['-q', '-F', image] : ['-q', '-f', '-K', image], { stdio: 'ignore' });
  mkdirSync(path);
  execFileSync('mount', ['-o', 'loop', image, path]);
  return path;
}

/** A program over the built package, for what only another process can show. */
export function program(body: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof spawn> {
  const source = `import * as host from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};\n${body}`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], {
    env: { ...process.env, ...env },
    // What a planned fault makes it say is no news.
    stdio: ['pipe', 'pipe', env['GRAPHDRIVER_FAULT'] === undefined ? 'inherit' : 'ignore'],
  });
}

/** How a program ended. */
export function ending(child: ReturnType<typeof spawn>): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
}

/** The next line that a program writes. */
export function line(child: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim()));
    child.once('close', () => reject(new Error('The program ended without a line.')));
  });
}
