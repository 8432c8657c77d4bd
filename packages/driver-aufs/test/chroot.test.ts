import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Driver } from '@graphdriver/core';
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

/** A root in which programs run: a shell, the libraries that it needs, and dpkg's books with nothing in them. */
const SMALL_SYSTEM = `mkdir -p bin etc usr/bin var/log var/lib/dpkg/info var/lib/dpkg/updates var/lib/dpkg/triggers
touch var/lib/dpkg/status
cp -L "$(command -v sh)" bin/sh
ldd bin/sh | grep -o '/[^ ]*' | while read -r library; do cp -L --parents "$library" .; done`;

/** A package of some files, one of them settings, and of a script that runs in the root in which it is installed. */
function packageScript(version: number): string {
  return `mkdir -p pack-${version}/DEBIAN pack-${version}/usr/bin pack-${version}/etc pack-${version}/usr/share/sample
cd pack-${version}
printf 'Package: sample\\nVersion: ${version}\\nArchitecture: all\\nMaintainer: nobody <nobody@example.org>\\nDescription: sample\\n' > DEBIAN/control
echo /etc/sample.conf > DEBIAN/conffiles
printf '#!/bin/sh\\necho "$1 ${version}" >> /var/log/sample\\n' > DEBIAN/postinst; chmod 755 DEBIAN/postinst
printf '#!/bin/sh\\necho version ${version}\\n' > usr/bin/sample; chmod 4755 usr/bin/sample
echo of-${version} > etc/sample.conf
for i in $(seq 200); do echo "$i of ${version}" > usr/share/sample/$i; done
ln usr/share/sample/1 usr/share/sample/first; ln -s sample usr/bin/another
cd ..; dpkg-deb --root-owner-group --build pack-${version} sample-${version}.deb`;
}

function lacking(...commands: readonly string[]): string | null {
  const missing = commands.find((command) => !commandExists(command));
  return missing === undefined ? null : `There is no command ${missing}.`;
}

const mountReason = requireOrSkip('aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.');
const reason = mountReason ?? lacking('dpkg', 'dpkg-deb', 'ldd', 'chroot');
const compilerReason = mountReason ?? lacking('gcc', 'make');
const fullReason =
  mountReason ??
  (process.env['GRAPHDRIVER_FULL'] === '1' ? null : 'It downloads a system: GRAPHDRIVER_FULL=1 asks for it.') ??
  lacking('mmdebstrap');

async function shell(directory: string, script: string): Promise<string> {
  const environment = {
    ...process.env,
    PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
    LC_ALL: 'C',
    DEBIAN_FRONTEND: 'noninteractive',
  };
  const options = { cwd: directory, env: environment, timeout: 20 * MINUTES, maxBuffer: 1 << 26 };
  const { stdout } = await promisify(execFile)('bash', ['-ec', script], options);
  return stdout.trim();
}

/** Makes a layer of what a script puts into it, and commits it. */
async function layer(driver: Driver, id: string, script: string, parent?: string): Promise<string> {
  await driver.create(id, parent === undefined ? {} : { parent });
  const mount = await driver.get(id);
  let said: string;
  try {
    said = await shell(mount.path, script);
  } finally {
    await mount.put();
  }
  await driver.commit(id);
  return said;
}

async function writeProject(directory: string): Promise<void> {
  await mkdir(directory);
  for (const [name, text] of Object.entries(PROJECT)) await writeFile(join(directory, name), text);
}

const BUILT = /^42\n(.*\n)*make: 'program' is up to date\./;

it.skipIf(reason !== null)(
  `dpkg installs a package in one layer, brings it up to date in the next and takes it away in a third${reason === null ? '' : `: ${reason}`}`,
  async () => {
    await using scratch = await guardedRoot();
    await shell(scratch.path, `${packageScript(1)}\n${packageScript(2)}`);
    await using driver = await aufs.open({ root: join(scratch.path, 'root') });
    const dpkg = 'dpkg --root="$PWD" --force-confold';
    const look = 'chroot . /bin/sh /usr/bin/another; cat etc/sample.conf var/log/sample';
    await layer(driver, 'system', SMALL_SYSTEM);
    const install = `${dpkg} --install ${scratch.path}/sample-1.deb > /dev/null; ${dpkg} --verify sample; ${look}`;
    expect(await layer(driver, 'first', install, 'system')).toBe('version 1\nof-1\nconfigure 1');
    const upgrade = `echo mine >> etc/sample.conf; ${dpkg} --install ${scratch.path}/sample-2.deb > /dev/null
${dpkg} --verify sample; ${look}; stat -c '%a %h' usr/bin/sample usr/share/sample/first; cat usr/share/sample/200`;
    expect((await layer(driver, 'second', upgrade, 'first')).split('\n')).toEqual([
      '??5?????? c /etc/sample.conf',
      'version 2',
      'of-1',
      'mine',
      'configure 1',
      'configure 2',
      '4755 1',
      '644 2',
      '200 of 2',
    ]);
    const purge = `${dpkg} --purge sample > /dev/null; find . -name '*sample*' -o -name '*.dpkg-*'; cat var/lib/dpkg/status`;
    expect(await layer(driver, 'third', purge, 'second')).toBe('./var/log/sample');
    await using again = await driver.get('first');
    expect(await shell(again.path, look)).toBe('version 1\nof-1\nconfigure 1');
  },
  12 * MINUTES,
);

it.skipIf(compilerReason !== null)(
  `a project is compiled in a layer over its sources, and make finds what it has made${compilerReason === null ? '' : `: ${compilerReason}`}`,
  async () => {
    await using scratch = await guardedRoot();
    await using driver = await aufs.open({ root: join(scratch.path, 'root') });
    await driver.create('sources');
    const sources = await driver.get('sources');
    await writeProject(join(sources.path, 'project'));
    await sources.put();
    await driver.commit('sources');
    const build = 'cd project; make -s; ./program; make; sed -i s/42/43/ answer.c; make -s; ./program';
    expect(await layer(driver, 'built', build, 'sources')).toMatch(new RegExp(`${BUILT.source}\\n43$`));
  },
  12 * MINUTES,
);

it.skipIf(fullReason !== null)(
  `apt installs a compiler in a chroot on a mount, over a system in a lower layer, and it compiles a project${fullReason === null ? '' : `: ${fullReason}`}`,
  async () => {
    await using scratch = await guardedRoot();
    await using driver = await aufs.open({ root: join(scratch.path, 'root') });
    await shell(scratch.path, '. /etc/os-release; mmdebstrap --quiet --variant=minbase "$VERSION_CODENAME" system.tar');
    await layer(driver, 'system', `tar -xpf ${scratch.path}/system.tar --exclude='./dev/*'`);
    await driver.create('work', { parent: 'system' });
    await using mount = await driver.get('work');
    await shell(
      mount.path,
      `cp /etc/resolv.conf etc/resolv.conf
mknod -m 666 dev/null c 1 3; mknod -m 444 dev/urandom c 1 9
chroot . apt-get -qq update
chroot . apt-get -qq install --no-install-recommends gcc libc6-dev make`,
    );
    await writeProject(join(mount.path, 'project'));
    const script = `chroot . make -s -C /project; chroot . /project/program; chroot . make -C /project
chroot . dpkg --verify gcc make libc6-dev`;
    expect(await shell(mount.path, script)).toMatch(BUILT);
    const listed = await shell(mount.path, `chroot . dpkg-query -f '\${Status}' -W gcc`);
    expect(listed).toBe('install ok installed');
  },
  40 * MINUTES,
);
