import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run } from '@graphdriver/host';
import { describe, expect, test } from 'vitest';
import { type GuestRequest, guestLab, guestReason, scratchRoot } from '../src/index.ts';

const LAB = fileURLToPath(new URL('../../../scripts/openzfs-lab/lab.mjs', import.meta.url));
const reason = await guestReason();

/** Runs a shell's script in the guest, its temporary files in a folder that is looked at afterwards. */
function shell(script: string, request: Partial<GuestRequest> = {}): Promise<{ stdout: string; exitCode: number }> {
  return guestLab().run({ timeout: 100, ...request, command: ['bash', '-c', script] });
}

test('the lab refuses what it does not understand, and says how it is used', async () => {
  for (const args of [[], ['run'], ['build', '--only', 'half'], ['run', '--disk', 'much', '--', 'true']]) {
    expect((await run(process.execPath, [LAB, ...args], { okExitCodes: [2] })).stderr).toMatch(/^openzfs-lab: /);
  }
  expect((await run(process.execPath, [LAB, '--help'])).stdout).toContain('lab.mjs run');
});

test('a lab that was not built is a missing prerequisite, and a build that was cut short is none', async () => {
  await using scratch = await scratchRoot();
  const env = { GRAPHDRIVER_LAB: scratch.path };
  const { home, guest } = JSON.parse((await run(process.execPath, [LAB, 'facts'], { env })).stdout);
  expect(guest).toBeNull();
  // As a build leaves it that was killed before the last rename.
  mkdirSync(join(home, 'work', 'guest-staged', 'root'), { recursive: true });
  writeFileSync(join(home, 'work', 'guest-staged', 'facts.json'), '{"linux":"6.1.0"}');
  const { stderr } = await run(process.execPath, [LAB, 'run', '--', 'true'], { env, okExitCodes: [3] });
  expect(stderr).toContain('lab.mjs build');
});

describe.skipIf(reason !== null)(`the guest${reason === null ? '' : `: ${reason}`}`, () => {
  test('runs another kernel, passes on output and exit status, and gets arguments and environment as they are', async () => {
    const command = [
      'node',
      '-e',
      'console.log(JSON.stringify([process.argv.slice(1), process.env.ODD]))',
      '--',
      "a 'b",
      '',
      'c\nd',
    ] as const;
    const odd = `it's "odd" $HOME`;
    const { stdout } = await guestLab().run({ command, env: { ODD: odd }, timeout: 100 });
    expect(JSON.parse(stdout)).toEqual([["a 'b", '', 'c\nd'], odd]);
    expect(await shell('uname -r; echo no >&2; exit 7', { okExitCodes: [7] })).toEqual({
      stdout: expect.stringMatching(/^6\.1\.\d+\n$/),
      stderr: 'no\n',
      exitCode: 7,
    });
  });

  test('loses no byte of a long output, whatever the bytes are', async () => {
    await using scratch = await scratchRoot();
    const made = `for (let n = 0; n < 400; n++) b[n] = n; for (let n = 0; n < 40000; n++) require('fs').writeSync(1, b)`;
    const code = `const b = Buffer.alloc(400); ${made}`;
    const script = `node -e "${code}" | tee >(md5sum > ${scratch.path}/sum); sleep 1`;
    const child = spawn(process.execPath, [LAB, 'run', '--share', scratch.path, '--', 'bash', '-c', script]);
    const sum = spawn('md5sum');
    child.stdout.pipe(sum.stdin);
    let found = '';
    for await (const chunk of sum.stdout) found += String(chunk);
    expect(found).toBe(readFileSync(join(scratch.path, 'sum'), 'utf8'));
  });

  test('sees the repository and cannot change it, and changes nothing but what is shared', async () => {
    await using scratch = await scratchRoot();
    const repository = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
    const script = `head -c 20 ${repository}/package.json; touch ${repository}/new ${scratch.path}/new /usr/new /etc/new /root/new; ls /etc/new`;
    const { stdout } = await shell(script, { share: [scratch.path] });
    expect(stdout).toBe(`${readFileSync(join(repository, 'package.json'), 'utf8').slice(0, 20)}/etc/new\n`);
    expect(existsSync(join(repository, 'new'))).toBe(false);
    expect(readdirSync(scratch.path)).toEqual(['new']);
  });

  test('has disks for file systems of its own', async () => {
    const script =
      'mkfs.btrfs -q /dev/ubda >&2 && mkfs.xfs -q /dev/ubdb && mount /dev/ubdb /mnt && findmnt -no FSTYPE /mnt';
    expect((await shell(script, { disks: ['300M', '400M'] })).stdout).toBe('xfs\n');
  });

  test('is ended with the process that waits for it, and leaves nothing', async () => {
    await using scratch = await scratchRoot();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const args = [
        LAB,
        'run',
        '--share',
        scratch.path,
        '--disk',
        '300M',
        '--',
        'bash',
        '-c',
        `touch ${scratch.path}/up; sleep 90`,
      ];
      const child = spawn(process.execPath, args, { env: { ...process.env, TMPDIR: scratch.path }, stdio: 'ignore' });
      await until(() => existsSync(join(scratch.path, 'up')));
      expect(await processesOf(scratch.path)).not.toEqual([]);
      child.kill(signal);
      await until(async () => (await processesOf(scratch.path)).length === 0);
      await run('rm', [join(scratch.path, 'up')]);
    }
    // Only who is killed outright leaves its folder behind.
    expect(readdirSync(scratch.path)).toHaveLength(1);
  });

  test('is ended when its time is over', async () => {
    await expect(shell('sleep 60', { timeout: 15 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
  });
});

const zfs = await guestReason({ zfs: true });

test.skipIf(zfs !== null)(`makes pools of OpenZFS${zfs === null ? '' : `: ${zfs}`}`, async () => {
  const script =
    'zpool create pool /dev/ubda && zfs create pool/a && zfs snapshot pool/a@b && zfs clone pool/a@b pool/c && zfs list -Ho name';
  expect((await shell(script, { zfs: true, disks: ['300M'] })).stdout).toBe('pool\npool/a\npool/c\n');
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It did not come about in a minute.');
    await pause(100);
  }
}

/** Processes whose command line names a folder, other than those that have ended and wait to be asked after. */
async function processesOf(folder: string): Promise<readonly string[]> {
  const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`);
  return names.filter((name) => {
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'latin1');
      return line.includes('linux.uml') && line.includes(folder);
    } catch {
      return false;
    }
  });
}
