// `npm test`: sets up what is missing, builds, checks the house rules, runs every package's tests one after another, and sums up.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { pnpm, say, setUp, top, turbo } from './setup.mjs';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(`Usage: npm test [-- --no-install] [-- --full]

  --no-install  leave the host's packages alone
  --full        also the long forms: the whole proof matrix, long random runs, the suite in a guest with another kernel,
                which is built first where it is not there (10 minutes, once)

REQUIRED_DRIVERS=vfs,overlay2 turns skips of these drivers into failures.
`);
  process.exit(0);
}

setUp({ install: !args.includes('--no-install') });
if (args.includes('--full')) buildGuestLab();

const folders = packageFolders();
for (const folder of folders) rmSync(`${folder}/.test-results`, { recursive: true, force: true });

const env = { GRAPHDRIVER_TEST_REPORT: '1', ...(args.includes('--full') ? { GRAPHDRIVER_FULL: '1' } : {}) };
const rulesStatus = turbo(['boundaries'], { mayFail: true });
const lintStatus = turbo(['run', 'lint', '--continue', '--output-logs=errors-only'], { mayFail: true });
const packagesStatus = pnpm(['run', '--silent', 'check:packages'], { mayFail: true });
const testStatus = turbo(['run', 'test', '--concurrency=1', '--continue', '--output-logs=new-only'], {
  mayFail: true,
  env,
});
process.exitCode = summarise();

/** Some tests run in a guest with another kernel; where it cannot be built they are skipped, and say so. */
function buildGuestLab() {
  const install = args.includes('--no-install') ? [] : ['--install'];
  const lab = spawnSync(process.execPath, [`${top}scripts/openzfs-lab/lab.mjs`, 'build', ...install], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (lab.status !== 0) say('The guest lab could not be built: what runs in it is skipped.');
}

function packageFolders() {
  const packages = readdirSync(`${top}packages`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...packages.map((entry) => `${top}packages/${entry.name}`), `${top}bench`, `${top}examples`];
}

/** Prints what was skipped, what was done twice and what failed, then the line that counts; returns the exit status. */
function summarise() {
  const reports = folders.filter(hasTests).map(readReport);
  const skipped = reports.flatMap((report) => report.skipped);
  const repeated = reports.flatMap((report) => report.repeated);
  const failures = reports.flatMap((report) => report.failed);
  const house = [
    { name: 'no package imports what its room may not', status: rulesStatus },
    { name: 'lint and types are clean in every package', status: lintStatus },
    { name: 'every public package is fit to be published, and nothing in it is unused', status: packagesStatus },
  ];
  for (const { name, status } of house) if (status !== 0) failures.push({ name, reason: 'see above' });
  const passed =
    house.filter(({ status }) => status === 0).length + reports.reduce((sum, report) => sum + report.passed, 0);

  for (const { name, reason } of skipped) process.stdout.write(`skipped  ${name}: ${reason}\n`);
  for (const { name, reason } of repeated) process.stdout.write(`repeated ${name}: ${reason}\n`);
  for (const { name, reason } of failures) process.stdout.write(`FAILED   ${name}: ${reason}\n`);
  if (testStatus !== 0 && failures.length === 0) failures.push({ name: 'turbo', reason: `exit status ${testStatus}` });
  process.stdout.write(
    `${passed} passed, ${failures.length} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`,
  );
  return failures.length === 0 ? 0 : 1;
}

function hasTests(folder) {
  return (
    existsSync(`${folder}/test`) &&
    readdirSync(`${folder}/test`, { recursive: true }).some((name) => name.endsWith('.test.ts'))
  );
}

function readReport(folder) {
  const file = `${folder}/.test-results/summary.json`;
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  return {
    passed: 0,
    skipped: [],
    repeated: [],
    failed: [{ name: folder.slice(top.length), reason: 'its tests did not run to the end' }],
  };
}
