import { renderTable } from '@graphdriver/bench';
import { type ProbeReport, selectDriver, throwIfAborted } from '@graphdriver/core';
import type { Candidate, DemoContext, Survey } from './demo-context.ts';
import { DEMO_DRIVERS } from './demo-drivers.ts';
import type { Place } from './place.ts';
import { tellProbe } from './render-probe.ts';

/**
 * Shows what every driver says of every place, and which one is picked for the first place and why.
 *
 * @throws {StorageError} what `selectDriver` throws where no driver works
 */
export async function driverChapter(context: DemoContext, places: readonly [Place, ...Place[]]): Promise<Survey> {
  const { story, progress, record, signal } = context;
  const [own] = places;
  story.chapter('Which storage drivers work here, and why');
  story.say(
    `Each driver looks at the host and at the directory it is to work in, ${own.directory} on ${own.label}, and reports what it saw.`,
  );
  const candidates: Candidate[] = [];
  for (const place of places) {
    for (const driver of DEMO_DRIVERS) {
      throwIfAborted(signal, 'The demonstration');
      progress.show({ task: 'probing', detail: `${driver.module.name} on ${place.label}` });
      const report = await driver.module.probe({ root: `${place.directory}/probe/${driver.module.name}` });
      record.probes.push({ place: place.label, report });
      if (report.usable) candidates.push({ driver, place });
      if (place === own) tellProbe(story, report, driver.module.summary);
    }
  }
  if (places.length > 1) tellMatrix(context, places);
  const selection = await selectDriver(
    DEMO_DRIVERS.map(({ module }) => module),
    { root: `${own.directory}/probe`, allowFullCopy: true },
  );
  record.selection = { driver: selection.driver.name, rule: selection.rule, reason: selection.reason };
  story.gap();
  story.say(`Picked: ${story.tint(selection.driver.name, 'good')}. ${selection.reason}`);
  return { picked: selection.driver, candidates };
}

/** One line per driver, one column per place. */
function tellMatrix({ story, record }: DemoContext, places: readonly Place[]): void {
  const cell = (driver: string, place: string): string => {
    const found = record.probes.find((probe) => probe.place === place && probe.report.driver === driver);
    if (found === undefined) return '';
    return found.report.usable ? story.tint(`✓ ${copyWord(found.report)}`, 'good') : story.tint('✗', 'bad');
  };
  const columns = [{ heading: 'driver' }, ...places.map(({ label }) => ({ heading: label }))];
  const rows = DEMO_DRIVERS.map(({ module }) => [module.name, ...places.map(({ label }) => cell(module.name, label))]);
  story.gap();
  story.block(renderTable(columns, rows));
  for (const { place, report } of record.probes.filter(
    (probe) => probe.place !== places[0]?.label && !probe.report.usable,
  )) {
    const why = report.checks.find((check) => check.required && !check.passed)?.why ?? '';
    story.fact(`${report.driver} on ${place}`, why, { tone: 'quiet' });
  }
}

function copyWord({ capabilities }: ProbeReport): string {
  if (capabilities === null) return '';
  return capabilities.copyOnWrite === 'none' ? 'copies each layer' : `copy-on-write by ${capabilities.copyOnWrite}`;
}
