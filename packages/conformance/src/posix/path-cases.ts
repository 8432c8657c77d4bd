import { refuses } from './judging.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, file, folder, symlink } from './scene.ts';

const NAME_MAX = 255;
const PATH_MAX = 4096;

/**
 * The errors of whatever call takes a path: what every manual page lists.
 *
 * `attempt` makes the call with the path that is to be refused. Where the call wants something to be there, `locked/entry` is.
 */
export function pathCases(call: string, attempt: (path: string) => void): readonly PosixCase[] {
  return [
    {
      id: `${call}/below-nothing`,
      title: `${call} fails with ENOENT where a directory of the path does not exist`,
      run: () => refuses('ENOENT', () => attempt('missing/entry')),
    },
    {
      id: `${call}/below-a-file`,
      title: `${call} fails with ENOTDIR where a component of the path is a file`,
      stage: () => file('file'),
      run: () => refuses('ENOTDIR', () => attempt('file/entry')),
    },
    {
      id: `${call}/name-too-long`,
      title: `${call} fails with ENAMETOOLONG for a name of 256 bytes`,
      run: () => refuses('ENAMETOOLONG', () => attempt('n'.repeat(NAME_MAX + 1))),
    },
    {
      id: `${call}/path-too-long`,
      title: `${call} fails with ENAMETOOLONG for a path of 4096 bytes`,
      run: () => refuses('ENAMETOOLONG', () => attempt(`${'./'.repeat(PATH_MAX / 2 - 2)}last`)),
    },
    {
      id: `${call}/links-in-a-circle`,
      title: `${call} fails with ELOOP where symbolic links of the path lead in a circle`,
      stage: () => {
        symlink('circle-b', 'circle-a');
        symlink('circle-a', 'circle-b');
      },
      run: () => refuses('ELOOP', () => attempt('circle-a/entry')),
    },
    {
      id: `${call}/below-a-closed-directory`,
      title: `${call} fails with EACCES for who may not search a directory of the path`,
      stage: () => {
        folder('locked', { mode: 0o666 });
        file('locked/entry');
      },
      run: () => refuses('EACCES', () => asOwner(() => attempt('locked/entry'))),
    },
  ];
}
