import { amount } from '../cost-model/cost-sentences.ts';
import type { WorkloadPart } from './predict-workload.ts';

const LIFE = { create: 'creates', get: 'gets', put: 'puts', remove: 'removes' } as const;

/** A kind of operation in words, as in `first writes to files of 16 KiB in layer 16 under 8 directories`. */
export function partWords({ operation, shape }: WorkloadPart): string {
  if (operation !== 'first' && operation !== 'second') {
    return `${LIFE[operation]} on ${amount('files', shape.files ?? 0)}, ${amount('size', shape.size ?? 0)} together`;
  }
  const what = `${operation === 'first' ? 'first' : 'later'} writes to files of ${amount('size', shape.size ?? 0)}`;
  return `${what} under ${amount('layers', shape.layers ?? 1)} and ${amount('directories', shape.directories ?? 0)}`;
}
