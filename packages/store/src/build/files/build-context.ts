import { closeSync, fstatSync, readFileSync } from 'node:fs';
import type { BytePath } from '@graphdriver/archive';
import { isErrno, TimeSlice } from '@graphdriver/host';
import { StoreError } from '../../store-error.ts';
import { bytePath, childPath, insideRoot, parentOf, textPath } from './clean-path.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { SourceTree } from './source-tree.ts';

const LARGEST_TEXT = 4 << 20;

/** A folder whose files a Dockerfile may copy, without what its .dockerignore leaves out. To be disposed of. */
export interface BuildContext extends Disposable {
  readonly tree: SourceTree;
  readonly dockerfile: string;
}

/** What to read where. */
export interface ContextRequest {
  /** The folder. */
  readonly path: string;
  /** The Dockerfile's path in it. */
  readonly dockerfile: string;
  /** The Dockerfile itself, where it does not come from the folder. */
  readonly dockerfileText?: string;
}

/**
 * Opens a build context and reads its Dockerfile, which may be left out by the .dockerignore. `NAME.dockerignore` beside the Dockerfile counts
 * before the one of the folder.
 *
 * @throws {StoreError} `INVALID_DOCKERFILE` where there is no such Dockerfile, or a broken .dockerignore
 */
export async function openBuildContext({ path, dockerfile, dockerfileText }: ContextRequest): Promise<BuildContext> {
  using everything = openTree(path);
  const text = dockerfileText ?? readText(everything, dockerfile);
  if (text === undefined) throw noDockerfile(dockerfile, path);
  const rules = readRules(everything, dockerfile);
  const shown = rules.hasExceptions ? await exceptions(everything, rules) : new Set<BytePath>();
  const tree = new SourceTree(path, (file) => rules.ignores(textPath(file)) && !shown.has(file));
  return { tree, dockerfile: text, [Symbol.dispose]: () => tree[Symbol.dispose]() };
}

function openTree(path: string): SourceTree {
  try {
    return new SourceTree(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new StoreError('INVALID_DOCKERFILE', `There is no folder ${path} to build from.`, {
      cause: error,
      details: { path },
    });
  }
}

function readRules(tree: SourceTree, dockerfile: string): IgnoreRules {
  for (const name of [`${insideRoot(dockerfile)}.dockerignore`, '.dockerignore']) {
    const text = readText(tree, name);
    if (text !== undefined) return IgnoreRules.parse(text, name);
  }
  return IgnoreRules.parse('');
}

/** A text of the context, following links inside it; `undefined` where there is none. */
function readText(tree: SourceTree, path: string): string | undefined {
  const real = tree.resolve(bytePath(insideRoot(path)));
  if (real === undefined) return undefined;
  const fd = tree.open(real);
  try {
    const stat = fstatSync(fd);
    if (stat.isFile() && stat.size <= LARGEST_TEXT) return readFileSync(fd, 'utf8');
    throw new StoreError(
      'INVALID_DOCKERFILE',
      `${path} of the build context is not a text of at most ${LARGEST_TEXT} bytes.`,
    );
  } finally {
    closeSync(fd);
  }
}

/** The directories that are left out but for something in them. */
async function exceptions(tree: SourceTree, rules: IgnoreRules): Promise<Set<BytePath>> {
  const shown = new Set<BytePath>();
  const slice = new TimeSlice();
  const pending: BytePath[] = [''];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    if (slice.over) await slice.pause();
    for (const name of tree.list(directory)) {
      const path = childPath(directory, name);
      if (!rules.ignores(textPath(path)))
        for (let up = directory; up !== '' && !shown.has(up); up = parentOf(up)) shown.add(up);
      if (tree.stat(path)?.isDirectory() === true) pending.push(path);
    }
  }
  return shown;
}

function noDockerfile(dockerfile: string, path: string): StoreError {
  return new StoreError('INVALID_DOCKERFILE', `There is no ${dockerfile} in ${path}.`, {
    hint: 'Name the Dockerfile by its path in the build context.',
    details: { path, dockerfile },
  });
}
