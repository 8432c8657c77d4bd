import { constants } from 'node:fs';
import { directoryTree } from '@graphdriver/archive';
import { formatBytes } from '@graphdriver/bench';
import type { Change, Driver } from '@graphdriver/core';
import { closeFile, createFile, openFile, unlinkFile, writeBytes } from '@graphdriver/host';
import type { DemoContext } from './demo-context.ts';
import { firstFiles } from './first-files.ts';
import { formatDuration } from './format-duration.ts';

const LETTERS = { add: 'A', modify: 'C', delete: 'D' } as const;

/** Makes a container on a layer, changes three files in it, and shows what its writable layer then consists of. */
export async function showContainer({ story, signal }: DemoContext, driver: Driver, parent: string): Promise<void> {
  const start = performance.now();
  await driver.create('container', { parent, signal });
  const created = performance.now();
  {
    await using mount = await driver.get('container', { signal });
    const mounted = performance.now();
    story.gap();
    story.say(
      `A container on it, by ${driver.name}: created in ${formatMilliseconds(created - start)}, mounted in ${formatMilliseconds(mounted - created)}. In it one file is appended to, one is removed and one is made. Its writable layer then has these changes, and nothing else:`,
    );
    const [appended, removed] = firstFiles(directoryTree(mount.path), ['etc', 'usr'], 2);
    if (appended !== undefined) appendLine(`${mount.path}/${appended}`);
    if (removed !== undefined) unlinkFile(Buffer.from(`${mount.path}/${removed}`, 'latin1'));
    closeFile(createFile(`${mount.path}/hello`, 0o644));
  }
  const listing = performance.now();
  const changes = await driver.changes('container', { signal });
  const listed = performance.now();
  story.block(changes.map(({ kind, path }: Change) => `${LETTERS[kind]} ${path}`).join('\n'));
  const usage = await driver.usage('container', { signal });
  story.say(
    `Listed in ${formatMilliseconds(listed - listing)}. The layer takes ${formatBytes(usage.allocated)} in ${usage.inodes} files and directories.`,
  );
  await driver.remove('container');
}

function appendLine(path: string): void {
  const fd = openFile(Buffer.from(path, 'latin1'), constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
  try {
    writeBytes(fd, Buffer.from('hello\n'));
  } finally {
    closeFile(fd);
  }
}

function formatMilliseconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : formatDuration(milliseconds);
}
