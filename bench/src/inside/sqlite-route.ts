import { commandExists } from '@graphdriver/host';

/** A way to SQLite. */
export interface SqliteRoute {
  readonly command: string;
  /** What comes before the path of the database. Statements are read from standard input. */
  readonly args: readonly string[];
  /** What has to be in PATH. */
  readonly commands: readonly string[];
}

const NODE_SCRIPT =
  "const { DatabaseSync } = require('node:sqlite'); new DatabaseSync(process.argv[1]).exec(require('node:fs').readFileSync(0, 'utf8'));";
const PYTHON_SCRIPT =
  'import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).executescript(sys.stdin.read())';

/** The first of what is there: this Node's own SQLite, which is in 22.13 and newer, the command `sqlite3`, and Python's. */
export function sqliteRoute(node: string = process.versions.node): SqliteRoute {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) {
    return { command: process.execPath, args: ['--no-warnings', '-e', NODE_SCRIPT], commands: [] };
  }
  if (!commandExists('sqlite3') && commandExists('python3')) {
    return { command: 'python3', args: ['-c', PYTHON_SCRIPT], commands: ['python3'] };
  }
  return { command: 'sqlite3', args: ['-batch', '-bail'], commands: ['sqlite3'] };
}
