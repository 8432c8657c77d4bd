import { isCopyUp, isOnGround } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { formatNanoseconds } from '../format-units.ts';
import { summarize } from '../statistics.ts';

/** What the numbers mean, in a few sentences: for under a table. */
export function renderMethod(result: BenchResult): string {
  const { environment, rounds } = result;
  const { cases } = result;
  const plain = result.samples
    .filter(({ operation, case: id }) => operation === 'plain' && cases[id]?.workload === 'copy_up')
    .map(({ nanoseconds }) => nanoseconds);
  // Thousands of values, of which only the median is told: there is no need to resample them.
  const baseline = plain.length === 0 ? undefined : summarize(plain, { seed: result.seed, resamples: 1 });
  const around = Object.values(cases).some((of) => isOnGround(of) && !isCopyUp(of));
  const inside = Object.values(cases).some(({ workload }) => workload === 'inside');
  const cold = Object.values(cases).some((of) => isCopyUp(of) && of.cache === 'cold');
  const lines = [
    'copy_up: time of open, append of 1 byte and close on a file of the bottom layer in a fresh container, beyond that of the same append',
    `in a plain directory${baseline === undefined ? '' : ` (median ${formatNanoseconds(baseline.median)})`}. Warm: lower file and path in memory. Nothing waits to be written back.`,
    ...(around
      ? ['Other touches, appends to sparse files and appends at once: likewise, beyond the same in a plain directory.']
      : []),
    ...(inside
      ? [
          'Programs in mounts: whole processes, each in a container that nobody has used yet, and right before in a plain directory.',
        ]
      : []),
    ...(cold
      ? [
          'Cold: page cache, dentries and inodes emptied before either append (3 into /proc/sys/vm/drop_caches); what mounts hold stays.',
        ]
      : []),
    ...(Object.values(cases).some(({ workload }) => workload === 'space')
      ? [
          'space: after each step and a sync, what removing the container would give back as its driver says, then what is in use beyond before;',
          'what the device wrote by its own counter, and that as a multiple of what the program wrote. What waits longer than for a sync shows later.',
        ]
      : []),
    `Medians with 95 % bootstrap intervals, ${unitOf(result)}; ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, a process per driver and round, order rotated.`,
    `Linux ${environment.kernel}, ${environment.cpu.count} × ${environment.cpu.model}, Node ${environment.node}, load ${environment.load.map((load) => load.toFixed(1)).join(' ')}.`,
    ...(result.complete ? [] : ['The run was ended early: what is here is right, but not everything is here.']),
  ];
  return `${lines.join('\n')}\n`;
}

/** What the intervals were resampled by: where a target has one round, nothing is known of the next process. */
function unitOf({ samples, targets }: BenchResult): string {
  const seen = new Map<string, Set<number>>();
  for (const { target, round } of samples) seen.set(target, (seen.get(target) ?? new Set()).add(round));
  const several = targets.filter(({ label }) => (seen.get(label)?.size ?? 0) > 1).length;
  if (several === 0) return 'by sample, within the only round';
  return several === targets.length ? 'by round' : 'by round, or by sample where a target has one round';
}
