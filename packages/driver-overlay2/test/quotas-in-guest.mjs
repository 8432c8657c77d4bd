// Runs in the guest, on a file system with project quota: does what layers with a quota are for, and prints what was seen as JSON.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { limitProject, projectOf, readProjectQuota } from '@graphdriver/host';
import { overlay2 } from '../dist/index.js';

const MIB = 1024 ** 2;
const QUOTA = 16 * MIB;
const FIRST_PROJECT = 0x4000_0000;
const root = process.argv[2];
const seen = {};

const driver = await overlay2.open({ root });
seen.capability = driver.capabilities.quota;
seen.probe = (await overlay2.probe({ root })).checks.find(({ check }) => check === 'quota')?.passed;
if (seen.capability === null) {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  process.exit();
}

await driver.create('base');
await edit('base', (view) => {
  fill(join(view, 'big'), 24);
  fill(join(view, 'small'), 1);
});
await driver.commit('base');

await inTurn('writing', async (id) => edit(id, (view) => outcome(() => fill(join(view, 'new'), 24))));
await inTurn('writingAlone', async (id) => edit(id, (view) => outcome(() => fill(join(view, 'new'), 24))), {});
await inTurn('copyingUp', async (id) =>
  edit(id, (view) => [
    outcome(() => append(join(view, 'small'))),
    outcome(() => append(join(view, 'big'))),
    statSync(join(view, 'big')).size,
  ]),
);
await inTurn('applying', async (id) => [
  await applied(id, 8),
  await applied(id, 12),
  // So large that it fits in no case: xfs may not yet have struck off what the last one left.
  await applied(id, 48),
  await changes(id),
]);
await inTurn('full', async (id) => {
  const first = await edit(id, (view) => outcome(() => fill(join(view, 'new'), 24)));
  // It can be mounted still, and room can be made.
  const second = await edit(id, (view) => outcome(() => rmSync(join(view, 'new'))));
  const third = await edit(id, (view) => outcome(() => fill(join(view, 'new'), 8)));
  await edit(id, (view) => outcome(() => fill(join(view, 'more'), 24)));
  return [first, second, third, outcome(await caught(driver.commit(id)))];
});
await inTurn('unlimited', async (id) => edit(id, (view) => outcome(() => fill(join(view, 'new'), 24))), {
  parent: 'base',
});

seen.projects = await projectsOfMany();
seen.restart = await restart();
seen.raised = await raisedByACrash();
seen.crashes = [];
for (let point = 1; point <= 7; point++) seen.crashes.push(await crashAt(point));
for (const { id } of (await driver.list()).reverse()) await driver.remove(id);
seen.left = readdirSync(root).filter((name) => !name.startsWith('.'));
seen.limitsLeft = Array.from({ length: 64 }, (_, index) => FIRST_PROJECT + index).filter(
  (project) => readProjectQuota(root, project).hardBytes > 0,
);
await driver.close();
process.stdout.write(`${JSON.stringify(seen)}\n`);

/** Makes a layer with a quota, acts, and removes the layer. */
async function inTurn(id, act, options = { parent: 'base', quota: { bytes: QUOTA } }) {
  await driver.create(id, Object.keys(options).length === 0 ? { quota: { bytes: QUOTA } } : options);
  const project = projectOf(join(root, id));
  seen[id] = await act(id);
  await driver.remove(id);
  seen[`${id}After`] = project === 0 ? null : readProjectQuota(root, project);
}

async function edit(id, change) {
  const mount = await driver.get(id);
  try {
    return await change(mount.path);
  } finally {
    await mount.put();
  }
}

async function applied(id, mebibytes) {
  const folder = join(root, '..', 'source');
  mkdirSync(folder);
  fill(join(folder, `of-${mebibytes}`), mebibytes);
  const { stdout } = spawnSync('tar', ['-c', '-C', folder, '.'], { maxBuffer: 64 * MIB });
  rmSync(folder, { recursive: true });
  return outcome(await caught(driver.applyDiff(id, Readable.from([stdout]))));
}

async function changes(id) {
  return (await driver.changes(id)).map(({ kind, path }) => `${kind} ${path}`);
}

/** Several processes make layers at once: no two share a project. */
async function projectsOfMany() {
  const code = `
    const { overlay2 } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)});
    const driver = await overlay2.open({ root: ${JSON.stringify(root)} });
    for (let n = 0; n < 5; n++) await driver.create('many-' + process.argv[1] + '-' + n, { parent: 'base', quota: { bytes: ${QUOTA} } });
    await driver.close();`;
  const { startProcess } = await import('@graphdriver/host');
  const processes = [1, 2, 3].map((n) =>
    startProcess(process.execPath, ['--input-type=module', '-e', code, `${n}`], {
      stdout: 'ignore',
      stderr: 'inherit',
    }),
  );
  await Promise.all(processes.map(({ ended }) => ended));
  const ids = (await driver.list()).map(({ id }) => id).filter((id) => id.startsWith('many-'));
  const projects = ids.map((id) => projectOf(join(root, id)));
  return { given: projects.length, different: new Set(projects).size };
}

/** Another process, which knows nothing of the numbers that were given before. */
async function restart() {
  const given = projectOf(join(root, 'many-1-0'));
  await driver.remove('many-1-0');
  await struckOff(given);
  const code = `
    const { overlay2 } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)});
    const driver = await overlay2.open({ root: ${JSON.stringify(root)} });
    await driver.create('again', { parent: 'base', quota: { bytes: ${QUOTA} } });
    await driver.close();`;
  spawnSync(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
  const taken = (await driver.list()).filter(({ id }) => id !== 'again').map(({ id }) => projectOf(join(root, id)));
  // Processes that met on a number have left gaps.
  let lowest = FIRST_PROJECT;
  while (taken.includes(lowest)) lowest += 1;
  const got = projectOf(join(root, 'again'));
  return got === lowest ? 'the lowest that is free' : `${got} where ${lowest} is free`;
}

/** Waits until nothing counts to a project any more: xfs strikes files off in the background, some time after they were removed. */
async function struckOff(project) {
  for (let tries = 0; tries < 600 && readProjectQuota(root, project).inodes > 0; tries += 1) await setTimeout(100);
}

/** As a crash in applyDiff leaves it: the next thing done to the layer sets the limit back. */
async function raisedByACrash() {
  const folder = join(root, 'again');
  limitProject(folder, projectOf(folder), { softBytes: QUOTA, hardBytes: 4 * QUOTA });
  await applied('again', 1);
  const { softBytes, hardBytes } = readProjectQuota(folder, projectOf(folder));
  return { softBytes, hardBytes };
}

/** Kills a process at its so-manieth change of projects and limits, in making and mounting a layer; then the layer is made for good. */
async function crashAt(point) {
  const code = `
    const { setFaultHandler } = await import(${JSON.stringify(import.meta.resolve('@graphdriver/host'))});
    const { overlay2 } = await import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)});
    const driver = await overlay2.open({ root: ${JSON.stringify(root)} });
    let passed = 0;
    setFaultHandler((call) => {
      if (['setproject', 'setquota'].includes(call) && ++passed === ${point}) process.kill(process.pid, 'SIGKILL');
    });
    await driver.create('crash', { parent: 'base', quota: { bytes: ${QUOTA} } });
    const mount = await driver.get('crash');
    await mount.put();
    await driver.close();`;
  const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
  const made = await driver.exists('crash');
  if (!made) await driver.create('crash', { parent: 'base', quota: { bytes: QUOTA } });
  const written = await edit('crash', (view) => [
    outcome(() => append(join(view, 'small'))),
    outcome(() => fill(join(view, 'new'), 24)),
  ]);
  await driver.remove('crash');
  return [signal, made, ...written];
}

async function caught(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    return error;
  }
}

function outcome(what) {
  if (typeof what !== 'function') return what === null ? 'done' : what.code;
  try {
    what();
    return 'done';
  } catch (error) {
    return error.errno === -122 ? 'EDQUOT' : error.code;
  }
}

function fill(path, mebibytes) {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_SYNC);
  try {
    for (let written = 0; written < mebibytes; written++) writeSync(file, Buffer.alloc(MIB, 'x'));
  } finally {
    closeSync(file);
  }
}

function append(path) {
  writeFileSync(path, 'x', { flag: 'a' });
}
