import { datasetOf } from './names.ts';
import { ZfsError } from './zfs-error.ts';

/** One snapshot in a stream. */
export interface SendPart {
  readonly snapshot: string;
  /** The snapshot or bookmark that the part starts from; `undefined` of a full one. */
  readonly from: string | undefined;
  readonly bytes: number;
}

/** How large a stream will be, by ZFS's own guess. */
export interface SendEstimate {
  readonly bytes: number;
  readonly parts: readonly SendPart[];
}

/** Reads what `zfs send -nvP` prints. Pure. @throws {ZfsError} `UNEXPECTED_OUTPUT` */
export function parseSendEstimate(stdout: string): SendEstimate {
  const parts: SendPart[] = [];
  let bytes: number | undefined;
  for (const line of stdout.split('\n')) {
    const [verb, ...fields] = line.split('\t');
    if (verb === 'size') bytes = Number(fields[0]);
    else if (verb === 'full' && fields[0] !== undefined)
      parts.push({ snapshot: fields[0], from: undefined, bytes: Number(fields[1]) });
    else if (verb === 'incremental' && fields[1] !== undefined)
      parts.push({ snapshot: fields[1], from: fullName(fields[0] ?? '', fields[1]), bytes: Number(fields[2]) });
  }
  if (bytes === undefined || !Number.isFinite(bytes))
    throw new ZfsError('UNEXPECTED_OUTPUT', `zfs send printed no size, but ${JSON.stringify(stdout.slice(0, 200))}.`);
  return { bytes, parts: parts.map((part) => ({ ...part, bytes: Number.isFinite(part.bytes) ? part.bytes : 0 })) };
}

/** A snapshot of the same dataset is printed by its own name alone. */
function fullName(from: string, snapshot: string): string {
  return /[@#]/.test(from) ? from : `${datasetOf(snapshot)}@${from}`;
}
