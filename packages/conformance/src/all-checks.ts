import type { Check } from './check.ts';
import { archiveFidelityChecks } from './checks/archive-fidelity.ts';
import { archiveHostileChecks } from './checks/archive-hostile.ts';
import { archiveInputChecks } from './checks/archive-input.ts';
import { concurrencyChecks } from './checks/concurrency.ts';
import { considerateCallChecks } from './checks/considerate-calls.ts';
import { contentBasicChecks } from './checks/content-basics.ts';
import { contentContainerdChecks } from './checks/content-containerd.ts';
import { contentNeverMadeChecks } from './checks/content-never-made.ts';
import { copyUpChecks } from './checks/copy-up.ts';
import { crashedRootChecks } from './checks/crashed-roots.ts';
import { deepChecks } from './checks/deep.ts';
import { descriptionChecks } from './checks/descriptions.ts';
import { diffBaseChecks } from './checks/diff-bases.ts';
import { diffRuleChecks } from './checks/diff-rules.ts';
import { diffScenarioChecks } from './checks/diff-scenarios.ts';
import { failingCallChecks } from './checks/failing-calls.ts';
import { forkFailureChecks } from './checks/fork-failures.ts';
import { forkChecks } from './checks/forks.ts';
import { healingChecks } from './checks/healing.ts';
import { heldLayerChecks } from './checks/held-layers.ts';
import { holdingChecks } from './checks/holding.ts';
import { idChecks } from './checks/ids.ts';
import { killedProcessChecks } from './checks/killed-processes.ts';
import { layerFileChecks } from './checks/layer-files.ts';
import { lifecycleChecks } from './checks/lifecycle.ts';
import { mountAbilityChecks } from './checks/mount-abilities.ts';
import { mountCopyChecks } from './checks/mount-copies.ts';
import { mountFlagChecks } from './checks/mount-flags.ts';
import { oracleChecks } from './checks/oracle.ts';
import { processRaceChecks } from './checks/process-races.ts';
import { processChecks } from './checks/processes.ts';
import { recordChecks } from './checks/records.ts';
import { refusalChecks } from './checks/refusals.ts';
import { usageChecks } from './checks/usage.ts';

/** Every check of the suite, group after group. */
export const allChecks: readonly Check[] = [
  ...idChecks,
  ...recordChecks,
  ...lifecycleChecks,
  ...refusalChecks,
  ...holdingChecks,
  ...heldLayerChecks,
  ...mountFlagChecks,
  ...mountCopyChecks,
  ...mountAbilityChecks,
  ...descriptionChecks,
  ...concurrencyChecks,
  ...considerateCallChecks,
  ...failingCallChecks,
  ...processChecks,
  ...killedProcessChecks,
  ...processRaceChecks,
  ...healingChecks,
  ...crashedRootChecks,
  ...contentBasicChecks,
  ...contentContainerdChecks,
  ...contentNeverMadeChecks,
  ...copyUpChecks,
  ...deepChecks,
  ...diffScenarioChecks,
  ...diffBaseChecks,
  ...diffRuleChecks,
  ...archiveFidelityChecks,
  ...archiveInputChecks,
  ...archiveHostileChecks,
  ...layerFileChecks,
  ...usageChecks,
  ...forkChecks,
  ...forkFailureChecks,
  ...oracleChecks,
];
