import { makeDirectory, run } from '@graphdriver/host';
import { PACKAGE_SHARE } from '../bench-case.ts';
import { type ImageFile, writeFiles } from '../bench-image.ts';
import { TREE } from '../tree-image.ts';
import { findSizes } from '../tree-programs.ts';
import { fillTree, insideTree } from './fill-tree.ts';
import type { InsideGround, InsideProgram } from './inside-program.ts';
import { writeText } from './write-text.ts';

const DATABASE = 'var/lib/dpkg';
const CONTROL = `Package: graphdriver-bench
Version: 1
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: files without a purpose
`;

/**
 * Installing a package with dpkg, which is made on the spot, is not compressed and has no scripts: a tenth as many files as the tree has,
 * new ones in its directories. dpkg syncs every one of them, whatever the machine's own configuration says, and keeps its database in
 * the tree.
 */
export const installInside: InsideProgram = {
  commands: ['dpkg', 'dpkg-deb', 'sh', 'find', 'sort', 'cksum'],
  async prepare(ground) {
    const { material } = ground;
    const folder = `${material}/package`;
    makeDirectory(folder);
    await writeFiles(folder, packageFiles(ground), ground);
    makeDirectory(`${folder}/DEBIAN`);
    writeText(`${folder}/DEBIAN/control`, CONTROL);
    const options = ['--root-owner-group', '-Znone', '--build'];
    await run('dpkg-deb', [...options, folder, packagePath(ground)], ground);
  },
  async fill(root, layer, ground) {
    await fillTree(root, layer, ground);
    if (layer === 0) makeDatabase(root);
  },
  async work(root, ground) {
    const options = [`--root=${root}`, '--log=/dev/null', '--no-force-unsafe-io'];
    // dpkg looks for ldconfig and start-stop-daemon, which are not in everybody's PATH.
    const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
    await run('dpkg', [...options, '--install', packagePath(ground)], { ...ground, env });
    return '';
  },
  outcome: (root, ground) => findSizes(`${root}/${TREE}`, ground),
};

function packagePath({ material }: InsideGround): string {
  return `${material}/package.deb`;
}

function packageFiles(ground: InsideGround): ImageFile[] {
  const files = insideTree(ground).flat();
  return files
    .filter((_, number) => number % PACKAGE_SHARE === 0)
    .map(({ path, size }) => ({ path: `${path}-new`, size }));
}

function makeDatabase(root: string): void {
  const directories = [
    'var',
    'var/lib',
    DATABASE,
    ...['info', 'updates', 'triggers'].map((name) => `${DATABASE}/${name}`),
  ];
  for (const path of directories) makeDirectory(`${root}/${path}`);
  for (const name of ['status', 'available']) writeText(`${root}/${DATABASE}/${name}`, '');
}
