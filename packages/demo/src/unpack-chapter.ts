import { renderTable } from '@graphdriver/bench';
import type { Driver } from '@graphdriver/core';
import { type BaseLayer, makeBaseLayer } from './base-layer.ts';
import { showContainer } from './container.ts';
import type { Candidate, DemoContext, Survey } from './demo-context.ts';
import { formatDuration } from './format-duration.ts';
import type { Place } from './place.ts';

/** Makes a root file system, unpacks it into every driver that works on the first place, and uses it in the picked one. */
export async function unpackChapter(context: DemoContext, own: Place, survey: Survey): Promise<void> {
  const { story, record } = context;
  story.chapter('A real root file system as a base layer');
  const base = await makeBaseLayer(context, `${own.directory}/base`);
  for (const candidate of survey.candidates.filter(({ place }) => place === own)) {
    const root = `${own.directory}/unpack/${candidate.driver.module.name}`;
    await using driver = await candidate.driver.module.open({ root });
    await unpack(context, candidate, driver, base);
    if (candidate.driver.module === survey.picked) await showContainer(context, driver, 'base');
    await driver.remove('base');
  }
  const rows = record.unpacked.map(({ driver, archiveBytes, apply, commit }) => {
    return [driver, formatDuration(apply), `${(archiveBytes / 1e3 / apply).toFixed(0)} MB/s`, formatDuration(commit)];
  });
  story.gap();
  story.say('How fast each driver unpacks that archive into a layer, and then makes it durable:');
  const right = 'right' as const;
  story.block(
    renderTable(
      [
        { heading: 'driver' },
        { heading: 'applyDiff', align: right },
        { heading: 'rate', align: right },
        { heading: 'commit', align: right },
      ],
      rows,
    ),
  );
}

async function unpack(
  context: DemoContext,
  { driver: { module }, place }: Candidate,
  driver: Driver,
  base: BaseLayer,
): Promise<void> {
  const { progress, record, signal } = context;
  await driver.create('base', { signal });
  const start = performance.now();
  const watched = watch(base, (done) => {
    const fraction = done / Math.max(1, base.bytes);
    const remaining = fraction === 0 ? 0 : ((performance.now() - start) / fraction) * (1 - fraction);
    progress.show({ task: `unpacking into ${module.name}`, fraction, remaining });
  });
  await driver.applyDiff('base', watched, { signal });
  const applied = performance.now();
  progress.show({ task: `committing in ${module.name}` });
  await driver.commit('base', { signal });
  record.unpacked.push({
    driver: module.name,
    place: place.label,
    archiveBytes: base.bytes,
    apply: applied - start,
    commit: performance.now() - applied,
  });
}

async function* watch(base: BaseLayer, onBytes: (done: number) => void): AsyncGenerator<Uint8Array, void, undefined> {
  let done = 0;
  for await (const piece of base.open()) {
    done += piece.length;
    onBytes(done);
    yield piece;
  }
}
