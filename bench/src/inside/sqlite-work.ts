import { closeSync, openSync, readSync } from 'node:fs';
import { copyTree, makeDirectory, run } from '@graphdriver/host';
import { seededBytes } from '../seeded-bytes.ts';
import { seededRandom } from '../seeded-random.ts';
import type { InsideGround, InsideProgram } from './inside-program.ts';
import { type SqliteRoute, sqliteRoute } from './sqlite-route.ts';
import { writeText } from './write-text.ts';

const FOLDER = 'database';
const ROWS = 2048;
const ROW_BYTES = 2048;
const UPDATES = 4;
/** Where a database's header has the number of its transactions, in 4 bytes. */
const CHANGE_COUNTER = 24;

/**
 * Transactions on a database of 4 MiB that lies in the bottom layer. Each updates four rows and waits for the disk, by a rollback
 * journal and with `synchronous=FULL`, as SQLite does unless told otherwise.
 */
export const sqliteInside: InsideProgram = {
  get commands() {
    return sqliteRoute().commands;
  },
  async prepare(ground) {
    makeDirectory(`${ground.material}/${FOLDER}`);
    const rows = [...seededBytes(`${ground.seed}:${FOLDER}`, ROWS * ROW_BYTES, ROW_BYTES)].map((content, id) => {
      return `INSERT INTO entry VALUES (${id}, 0, X'${content.toString('hex')}');`;
    });
    const table = 'CREATE TABLE entry (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, content BLOB NOT NULL);';
    await execute(ground.material, ['PRAGMA page_size = 4096;', 'BEGIN;', table, ...rows, 'COMMIT;'], ground);
  },
  async fill(root, layer, { material, signal }) {
    if (layer > 0) writeText(`${root}/layer-${layer}`, `The own file of layer ${layer}.\n`);
    else await copyTree(`${material}/${FOLDER}`, `${root}/${FOLDER}`, signal === undefined ? {} : { signal });
  },
  async work(root, ground) {
    await execute(root, ['PRAGMA synchronous = FULL;', ...transactions(ground)], ground);
    return '';
  },
  outcome: async (root) => String(changesOf(databaseIn(root))),
};

function databaseIn(root: string): string {
  return `${root}/${FOLDER}/entries.sqlite`;
}

function transactions({ amount, seed }: InsideGround): string[] {
  const random = seededRandom(seed);
  const update = (): string => `UPDATE entry SET version = version + 1 WHERE id = ${Math.floor(random() * ROWS)};`;
  return Array.from({ length: amount }, () =>
    ['BEGIN;', ...Array.from({ length: UPDATES }, update), 'COMMIT;'].join(''),
  );
}

/** Lets a process of its own execute statements, which it reads from its standard input. */
async function execute(root: string, statements: readonly string[], ground: InsideGround): Promise<void> {
  const { command, args }: SqliteRoute = sqliteRoute();
  // A user's own settings lie in the home directory.
  const env = { HOME: ground.material, XDG_CONFIG_HOME: ground.material };
  await run(command, [...args, databaseIn(root)], { ...ground, env, input: `${statements.join('\n')}\n` });
}

function changesOf(path: string): number {
  const header = Buffer.alloc(CHANGE_COUNTER + 4);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, header, 0, header.length, 0);
  } finally {
    closeSync(fd);
  }
  return header.readUInt32BE(CHANGE_COUNTER);
}
