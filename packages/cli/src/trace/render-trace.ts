import type { CopyUpRecord, LayerTrace } from '@graphdriver/core';
import { columns, formatBytes } from '../terminal.ts';

const WIDTHS = [12, 11, 6, 9, 9, 9, 9] as const;

/** The line above those of {@link copyUpLine}. */
export const TRACE_HEADER: string = line(['TIME', 'SIZE', 'LAYER', 'SEARCH', 'COPY', 'METADATA', 'ALL'], 'PATH');

/** One copy_up on a line: when, how much, from where, and the milliseconds of its parts. */
export function copyUpLine({ at, path, size, layer, manner, search, copy, metadata }: CopyUpRecord): string {
  const times = [search, copy, metadata, search + copy + metadata].map((time) => time.toFixed(3));
  const cells = [new Date(at).toISOString().slice(11, 23), formatBytes(size), String(layer), ...times];
  return line(
    cells,
    `${shown(path)}${manner === 'copied' ? '' : ` (${manner === 'cloned' ? 'cloned' : 'no content'})`}`,
  );
}

/** Counters, what the kernel asked most, and the copy_ups that are remembered. */
export function renderTrace({ target, counters, requests, copyUps }: LayerTrace): string {
  const found = counters.lookupsByLayer
    .map((count, index) => ({ count, layer: index + 1 }))
    .filter(({ count }) => count > 0)
    .map(({ count, layer }) => `${count} in layer ${layer}`);
  const facts = [
    ['mounted at', target],
    ['layers', String(counters.lookupsByLayer.length)],
    ['names found', found.length === 0 ? '0' : found.join(', ')],
    ['names absent', String(counters.absent)],
    ['known already', String(counters.known)],
    ['directories read', `${counters.directoriesRead}, merged of ${counters.branchesRead}`],
    ['copy_ups', `${counters.copyUps}, ${formatBytes(counters.copiedBytes)}`],
    ['whiteouts', String(counters.whiteouts)],
    ['known now', `${counters.nodes} files and names`],
  ];
  const asked = Object.entries(requests)
    .filter(([, { count }]) => count > 0)
    .toSorted(([, one], [, other]) => other.time - one.time)
    .map(([name, { count, failures, time, longest }]) => [
      name,
      String(count),
      String(failures),
      time.toFixed(1),
      longest.toFixed(3),
    ]);
  const parts = [columns(['COUNTER', 'VALUE'], facts)];
  if (asked.length > 0) parts.push(columns(['REQUEST', 'COUNT', 'FAILED', 'ALL MS', 'LONGEST MS'], asked));
  if (copyUps.length > 0) parts.push([TRACE_HEADER, ...copyUps.map(copyUpLine)].join('\n'));
  return parts.join('\n\n');
}

function line(cells: readonly string[], last: string): string {
  return [...cells.map((cell, index) => cell.padStart(WIDTHS[index] ?? 0)), last].join(' ');
}

/** A path has one character per byte; what a terminal could take for a command to it is shown as an escape. */
function shown(path: string): string {
  const text = Buffer.from(path, 'latin1').toString('utf8');
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
