import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commandExists } from '@graphdriver/host';
import { guardedRoot, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { expect, it } from 'vitest';
import { aufs } from '../src/index.ts';

const MINUTES = 60_000;
const PROJECT: Readonly<Record<string, string>> = {
  'main.c': '#include <stdio.h>\nint answer(void);\nint main(void) { return printf("%d\\n", answer()) < 0; }\n',
  'answer.c': 'int answer(void) { return 42; }\n',
  Makefile: 'program: main.o answer.o\n\tgcc -o $@ $^\n',
};

const reason =
  requireOrSkip('aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.') ??
  (process.env['GRAPHDRIVER_FULL'] === '1' ? null : 'It downloads a system: GRAPHDRIVER_FULL=1 asks for it.') ??
  (commandExists('mmdebstrap') ? null : 'There is no command mmdebstrap.');

async function shell(directory: string, script: string): Promise<string> {
  const environment = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const options = { cwd: directory, env: environment, timeout: 20 * MINUTES, maxBuffer: 1 << 26 };
  const { stdout } = await promisify(execFile)('bash', ['-ec', script], options);
  return stdout;
}

it.skipIf(reason !== null)(
  `apt installs a compiler in a chroot on a mount, over a system in a lower layer, and it compiles a project${reason === null ? '' : `: ${reason}`}`,
  async () => {
    await using scratch = await guardedRoot();
    const driver = await aufs.open({ root: join(scratch.path, 'root') });
    try {
      await shell(
        scratch.path,
        '. /etc/os-release; mmdebstrap --quiet --variant=minbase "$VERSION_CODENAME" system.tar',
      );
      await driver.create('system');
      const system = await driver.get('system');
      await shell(system.path, `tar -xpf ${scratch.path}/system.tar --exclude='./dev/*'`);
      await system.put();
      await driver.commit('system');

      await driver.create('work', { parent: 'system' });
      await using mount = await driver.get('work');
      await shell(
        mount.path,
        `cp /etc/resolv.conf etc/resolv.conf
mknod -m 666 dev/null c 1 3; mknod -m 444 dev/urandom c 1 9
chroot . apt-get -qq update
chroot . apt-get -qq install --no-install-recommends gcc libc6-dev make`,
      );
      await mkdir(join(mount.path, 'project'));
      for (const [name, text] of Object.entries(PROJECT)) await writeFile(join(mount.path, 'project', name), text);
      const script = `chroot . make -s -C /project; chroot . /project/program; chroot . make -C /project
chroot . dpkg --verify gcc make libc6-dev`;
      expect(await shell(mount.path, script)).toMatch(/^42\n(.*\n)*make: 'program' is up to date\.\n/);
      const listed = await shell(mount.path, `chroot . dpkg-query -f '\${Status}' -W gcc`);
      expect(listed).toBe('install ok installed');
    } finally {
      await driver.close();
    }
  },
  40 * MINUTES,
);
