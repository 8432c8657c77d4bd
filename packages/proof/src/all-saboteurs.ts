import type { Saboteur } from './saboteur.ts';
import { archiveSaboteurs } from './saboteurs/archives.ts';
import { changeSaboteurs } from './saboteurs/changes.ts';
import { childSaboteurs } from './saboteurs/children.ts';
import { commitSaboteurs } from './saboteurs/commits.ts';
import { diffSaboteurs } from './saboteurs/diffs.ts';
import { forkSaboteurs } from './saboteurs/forks.ts';
import { holdCountSaboteurs } from './saboteurs/hold-counts.ts';
import { holdDescriptionSaboteurs } from './saboteurs/hold-descriptions.ts';
import { holdFlagSaboteurs } from './saboteurs/hold-flags.ts';
import { hostileArchiveSaboteurs } from './saboteurs/hostile-archives.ts';
import { layerFileSaboteurs } from './saboteurs/layer-files.ts';
import { leaseSaboteurs } from './saboteurs/leases.ts';
import { lifeCycleSaboteurs } from './saboteurs/life-cycle.ts';
import { lifeIdSaboteurs } from './saboteurs/life-ids.ts';
import { lifeRecordSaboteurs } from './saboteurs/life-records.ts';
import { lifeRefusalSaboteurs } from './saboteurs/life-refusals.ts';
import { manyCallSaboteurs } from './saboteurs/many-calls.ts';
import { manyCrashSaboteurs } from './saboteurs/many-crashes.ts';
import { manyFailureSaboteurs } from './saboteurs/many-failures.ts';
import { manyProcessSaboteurs } from './saboteurs/many-processes.ts';
import { mountCopySaboteurs } from './saboteurs/mount-copies.ts';
import { mountSaboteurs } from './saboteurs/mounts.ts';
import { usageSaboteurs } from './saboteurs/usage.ts';

/** Every saboteur, group after group. */
export const allSaboteurs: readonly Saboteur[] = [
  ...childSaboteurs,
  ...mountSaboteurs,
  ...mountCopySaboteurs,
  ...commitSaboteurs,
  ...changeSaboteurs,
  ...diffSaboteurs,
  ...archiveSaboteurs,
  ...hostileArchiveSaboteurs,
  ...layerFileSaboteurs,
  ...usageSaboteurs,
  ...forkSaboteurs,
  ...holdCountSaboteurs,
  ...holdDescriptionSaboteurs,
  ...holdFlagSaboteurs,
  ...leaseSaboteurs,
  ...manyCallSaboteurs,
  ...manyProcessSaboteurs,
  ...manyFailureSaboteurs,
  ...manyCrashSaboteurs,
  ...lifeIdSaboteurs,
  ...lifeRecordSaboteurs,
  ...lifeCycleSaboteurs,
  ...lifeRefusalSaboteurs,
];
