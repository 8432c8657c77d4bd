import type { Check } from './check.ts';
import { archiveFidelityChecks } from './checks/archive-fidelity.ts';
import { archiveHostileChecks } from './checks/archive-hostile.ts';
import { archiveInputChecks } from './checks/archive-input.ts';
import { contentBasicChecks } from './checks/content-basics.ts';
import { contentContainerdChecks } from './checks/content-containerd.ts';
import { contentNeverMadeChecks } from './checks/content-never-made.ts';
import { copyUpChecks } from './checks/copy-up.ts';
import { deepChecks } from './checks/deep.ts';
import { diffBaseChecks } from './checks/diff-bases.ts';
import { diffRuleChecks } from './checks/diff-rules.ts';
import { diffScenarioChecks } from './checks/diff-scenarios.ts';
import { heldLayerChecks } from './checks/held-layers.ts';
import { holdingChecks } from './checks/holding.ts';
import { idChecks } from './checks/ids.ts';
import { layerFileChecks } from './checks/layer-files.ts';
import { lifecycleChecks } from './checks/lifecycle.ts';
import { oracleChecks } from './checks/oracle.ts';
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
  ...oracleChecks,
];
