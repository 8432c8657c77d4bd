export type { BackendLayer, LayerBackend, ViewRequest } from './layer-backend.ts';
export type { ManagedDriver, ReadingHold } from './managed-driver.ts';
export { openManagedDriver } from './open-managed-driver.ts';
export { type ProbeGround, type ProbeRequest, probeRoot, requireSuitable } from './probe-root.ts';
export { prepareRoot } from './root-format.ts';
