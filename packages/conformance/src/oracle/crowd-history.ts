import { type Random, randomOf } from '../staging/random.ts';
import { LATER } from '../staging/times.ts';
import type { CrowdStep } from './crowd-order.ts';
import { HIGH_OWNER, type KeptAttributes, SET_ID_MODE } from './kept-attributes.ts';
import type { TreeStep } from './random-step.ts';

/** Directories in which all processes work side by side, each on names of its own. */
export const SHARED: readonly [string, ...string[]] = ['shared-0', 'shared-1', 'shared-2'];
/** The directory of what all want. */
export const RACES = 'races';
const EVERY = 4;

/** What histories are made of. */
export interface CrowdPlan {
  readonly seed: number;
  /** Which of the processes this is. */
  readonly who: number;
  readonly steps: number;
  /** Steps that all processes try, one in {@link EVERY}. */
  readonly hasRaces: boolean;
  /** What gets second names: `all` files, the `own` ones of this history that nothing else touches, or `none`. */
  readonly links: 'all' | 'own' | 'none';
  readonly kept: KeptAttributes;
  /** In nanoseconds, as in `capabilities.timestampGranularity`. */
  readonly granularity: number;
}

/** The history of one process: what becomes of its own steps does not depend on what the others do meanwhile. */
export function crowdHistory(plan: CrowdPlan): readonly CrowdStep[] {
  const random = randomOf(plan.seed * 1009 + plan.who);
  return Array.from({ length: plan.steps }, (_, at) => {
    const race = plan.hasRaces && at % EVERY === 0;
    const tick = plan.who * plan.steps + at + 1;
    const time = LATER + BigInt(tick) * 1_000_000_007n;
    const step = race ? raceStep(at / EVERY, plan.who) : ownStep(random, plan);
    return { step, tick, time: `${time - (time % BigInt(plan.granularity))}`, race };
  });
}

/** How many races there are in histories of so many steps. */
export function racesIn(steps: number): number {
  return Math.ceil(steps / EVERY);
}

/** A name to be made, a file to be removed, or one to be taken away: whoever comes first has it. */
function raceStep(number: number, who: number): TreeStep {
  const path = `${RACES}/${number}`;
  if (number % 3 === 0) return { do: 'mkdir', path: `${path}-new` };
  if (number % 3 === 1) return { do: 'unlink', path };
  return { do: 'rename', path, to: `${SHARED[0]}/${who}-prize-${number}` };
}

function ownStep(random: Random, { who, kept, links }: CrowdPlan): TreeStep {
  const path = ownPath(random, who);
  const length = random.of([0, 1, 7, 512, 5000, 70_000]);
  const modes = [0o600, 0o755, kept.setIdBits ? SET_ID_MODE : 0o711, 0o1777] as const;
  const kinds = ['write', 'write', 'append', 'mkdir', 'mkdir', 'rename', 'rename', 'rename', 'link', 'link'] as const;
  const others = ['unlink', 'remove-tree', 'symlink', 'truncate', 'chmod', 'chown', 'set-attribute', 'fifo'] as const;
  const kind = random.of([...kinds, ...others]);
  switch (kind) {
    case 'write':
    case 'append':
    case 'truncate':
      return { do: kind, path, length };
    case 'link':
      if (links === 'own') return madeHereStep(random, who);
      return { do: links === 'all' ? kind : 'rename', path, to: ownPath(random, who) };
    case 'rename':
      return { do: kind, path, to: ownPath(random, who) };
    case 'chmod':
      return { do: kind, path, mode: random.of(modes) };
    case 'chown':
      return { do: kind, path, owner: random.of([0, 1000, kept.highOwner ? HIGH_OWNER : 0x7fff_fffe]) };
    case 'set-attribute':
      return { do: kind, path, name: random.of(['trusted.x', 'trusted.y']), length: random.of([0, 3, 90]) };
    default:
      return { do: kind, path };
  }
}

/** Makes, links or removes a file that no layer below has: no other step touches such names. */
function madeHereStep(random: Random, who: number): TreeStep {
  const name = (): string => `${random.of(SHARED)}/${who}-made-${random.of(['a', 'b', 'c'])}`;
  const path = name();
  switch (random.of(['write', 'link', 'link', 'unlink'] as const)) {
    case 'write':
      return { do: 'write', path, length: random.of([0, 7, 5000]) };
    case 'link':
      return { do: 'link', path, to: name() };
    case 'unlink':
      return { do: 'unlink', path };
  }
}

function ownPath(random: Random, who: number): string {
  const own = `${random.of(SHARED)}/${who}-${random.of(['a', 'b', 'c'])}`;
  return random.below(3) === 0 ? `${own}/${random.of(['x', 'y'])}` : own;
}
