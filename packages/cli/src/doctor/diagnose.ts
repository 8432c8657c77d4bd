import type { DoctorFacts } from './facts.ts';
import type { Finding } from './finding.ts';
import { judgeDrivers } from './judge-drivers.ts';
import { judgeGround } from './judge-ground.ts';
import { judgeKernel } from './judge-kernel.ts';
import { judgeLeftovers } from './judge-leftovers.ts';
import { judgeTools } from './judge-tools.ts';

/** What the facts mean, group by group. Looks at nothing itself. */
export function diagnose({
  root,
  requested,
  kernel,
  ground,
  reports,
  tools,
  leftovers,
}: DoctorFacts): readonly Finding[] {
  return [
    ...judgeKernel(kernel, reports),
    ...judgeGround(ground, reports),
    ...judgeDrivers(reports, requested),
    ...judgeTools(tools, ground.filesystem),
    ...judgeLeftovers(root, leftovers),
  ];
}
