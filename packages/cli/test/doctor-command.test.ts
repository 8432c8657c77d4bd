import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMounter, FuseDevice, mountFuse } from '@graphdriver/host';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resultSchemas } from '../src/result-schemas.ts';
import { commandLine, runProgram } from './command-line.ts';

const told = z.object({
  findings: z.array(z.object({ check: z.string(), severity: z.string(), remedy: z.unknown() })),
});

/** The checks that are not fine. */
function complaints(printed: unknown): readonly string[] {
  const { findings } = told.parse(printed);
  return findings.filter(({ severity }) => severity !== 'fine').map(({ check }) => check);
}

describe('graphdriver doctor', () => {
  it('prints what its schema says, and makes no root', async () => {
    await using line = await commandLine();
    const root = join(line.root, 'not/yet');
    const { code, stdout } = await runProgram(['--root', root, '--json', 'doctor']);
    expect(code).toBe(0);
    const found: unknown = JSON.parse(stdout);
    expect(resultSchemas['doctor']?.safeParse(found).data).toEqual(found);
    expect(readdirSync(line.root)).toEqual([]);
  });

  it('sees a half layer, a mount that nobody holds and a folder of a probe, and heals none of them', async () => {
    await using line = await commandLine();
    for (const id of ['web', 'held']) await line.run('--driver', 'vfs', 'layer', 'create', id);
    const before = complaints(await line.json('--driver', 'vfs', 'doctor'));
    await line.run('--driver', 'vfs', 'layer', 'mount', 'held');
    const books = join(line.root, 'vfs/.graphdriver');
    writeFileSync(join(books, 'pending/half'), '');
    const trial = join(line.root, 'vfs/.graphdriver-probe-killed');
    mkdirSync(trial);
    utimesSync(trial, 1, 1);
    const stray = join(line.root, 'vfs/web/mnt');
    mkdirSync(stray, { recursive: true });
    const mounter = createMounter();
    await mounter.bind(trial, stray);
    try {
      const found = complaints(await line.json('--driver', 'vfs', 'doctor')).filter((check) => !before.includes(check));
      expect(found.toSorted()).toEqual(['half-layers', 'probe-folders', 'stray-mounts']);
      expect(readdirSync(join(books, 'pending'))).toEqual(['half']);
    } finally {
      await mounter.unmount(stray);
    }
    // The remedy that it gives.
    await line.run('--driver', 'vfs', 'layer', 'list');
    expect(complaints(await line.json('--driver', 'vfs', 'doctor'))).not.toContain('half-layers');
    await line.run('--driver', 'vfs', 'layer', 'unmount', 'held');
  });

  it.skipIf(!existsSync('/dev/fuse'))('waits for no FUSE server that hangs, and sees when one has ended', async () => {
    await using line = await commandLine();
    const target = join(line.root, 'vfs');
    mkdirSync(target);
    const device = FuseDevice.open();
    const options = [['rootmode', '40000'] as const, ['user_id', '0'] as const, ['group_id', '0'] as const];
    await mountFuse({ device: device.fd, target, source: 'nobody', options });
    try {
      // Nobody answers what the kernel asks.
      expect(complaints(await line.json('doctor'))).toContain('silent-fuse');
      const within = await runProgram(['--root', join(target, 'layers'), '--json', 'doctor']);
      expect([within.code, complaints(JSON.parse(within.stdout))]).toEqual([3, ['answers']]);
    } finally {
      device.close();
    }
    try {
      expect(complaints(await line.json('doctor'))).toContain('dead-fuse');
    } finally {
      await createMounter().unmount(target, { detach: true });
    }
    expect((await line.run('doctor')).stdout).not.toContain('FUSE mount');
  });

  it('ends with 3 where no driver works, and where the one does not that was asked for', async () => {
    const nowhere = await runProgram(['--root', '/proc/layers', '--json', 'doctor']);
    expect(nowhere.code).toBe(3);
    expect(complaints(JSON.parse(nowhere.stdout))).toContain('works');
    expect((await runProgram(['--root', '/proc/layers', '--driver', 'vfs', 'doctor'])).code).toBe(3);
    const unknown = await runProgram(['--driver', 'none-of-them', 'doctor']);
    expect([unknown.code, unknown.stdout]).toEqual([3, '']);
  });
});
