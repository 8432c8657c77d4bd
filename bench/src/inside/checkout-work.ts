import { copyTree, makeDirectory, type RunResult, removeTree, run } from '@graphdriver/host';
import { writeFiles } from '../bench-image.ts';
import { TREE } from '../tree-image.ts';
import { findSizes, pipeline } from '../tree-programs.ts';
import { insideTree } from './fill-tree.ts';
import type { InsideGround, InsideProgram } from './inside-program.ts';
import { writeText } from './write-text.ts';

const REPOSITORY = 'repository';
const MADE_AT = '1600000000';

/** Nobody's settings and names but these have a say. */
const ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Nobody',
  GIT_AUTHOR_EMAIL: 'nobody@example.org',
  GIT_AUTHOR_DATE: `${MADE_AT} +0000`,
  GIT_COMMITTER_NAME: 'Nobody',
  GIT_COMMITTER_EMAIL: 'nobody@example.org',
  GIT_COMMITTER_DATE: `${MADE_AT} +0000`,
};

/**
 * git's checkout of another commit, in a repository that lies in the bottom layer: of ten files one goes, one comes, and three have
 * another content then. The index goes by sizes and times alone, because no copy has the inodes of its original; so git need not
 * read the files that stay.
 */
export const checkoutInside: InsideProgram = {
  commands: ['git', 'touch', 'sh', 'find', 'sort', 'cksum'],
  async prepare(ground) {
    const folder = `${ground.material}/${REPOSITORY}`;
    makeDirectory(folder);
    await git(folder, ground, 'init', '-q', '--template=');
    for (const [name, value] of [
      ['core.checkStat', 'minimal'],
      ['core.trustctime', 'false'],
      ['gc.auto', '0'],
    ] as const)
      await git(folder, ground, 'config', name, value);
    await commitTree(folder, 'one', ground);
    await commitTree(folder, 'two', ground);
    await git(folder, ground, 'checkout', '-q', 'one');
    await git(folder, ground, 'repack', '-adq');
    // What is no older than the index may have changed after it, and would be read.
    await pipeline(`find "$1" -type f -exec touch -d @${MADE_AT} {} +`, `${folder}/${TREE}`, ground);
    await git(folder, ground, 'update-index', '-q', '--refresh');
  },
  async fill(root, layer, { material, signal }) {
    if (layer > 0) writeText(`${root}/layer-${layer}`, `The own file of layer ${layer}.\n`);
    else await copyTree(`${material}/${REPOSITORY}`, `${root}/${REPOSITORY}`, signal === undefined ? {} : { signal });
  },
  async work(root, ground) {
    await git(`${root}/${REPOSITORY}`, ground, 'checkout', '-q', 'two');
    return '';
  },
  async outcome(root, ground) {
    const folder = `${root}/${REPOSITORY}`;
    const { stdout } = await git(folder, ground, 'rev-parse', 'HEAD');
    return `${stdout}${await findSizes(`${folder}/${TREE}`, ground)}`;
  },
};

type Commit = 'one' | 'two';

/** Commits the files of a commit, and nothing else, as a tag of its name. */
async function commitTree(folder: string, name: Commit, ground: InsideGround): Promise<void> {
  await removeTree(`${folder}/${TREE}`);
  const files = insideTree(ground).flat();
  const kept = files.filter((_, number) => number % 10 !== (name === 'one' ? 0 : 1));
  const fresh = files.filter((_, number) => name === 'two' && [2, 5, 8].includes(number % 10));
  const known = new Set<string>();
  const same = kept.filter((file) => !fresh.includes(file));
  await writeFiles(folder, same, ground, known);
  await writeFiles(folder, fresh, { ...ground, seed: ground.seed + 1 }, known);
  await git(folder, ground, 'add', '--all');
  await git(folder, ground, 'commit', '-q', '--no-verify', '-m', name);
  await git(folder, ground, 'tag', name);
}

/** Runs git on a repository that is named, so that it is nobody else's, whoever owns it and whatever the environment says. */
function git(folder: string, ground: InsideGround, ...args: readonly string[]): Promise<RunResult> {
  const place = [`--git-dir=${folder}/.git`, `--work-tree=${folder}`];
  return run('git', [...place, ...args], { ...ground, cwd: folder, env: ENVIRONMENT });
}
