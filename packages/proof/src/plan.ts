import { referenceDriver } from '@graphdriver/conformance';
import type { DriverModule } from '@graphdriver/core';
import { overlay2 } from '@graphdriver/driver-overlay2';
import { vfs } from '@graphdriver/driver-vfs';
import { type Sabotage, sabotage } from './sabotage.ts';
import type { Saboteur } from './saboteur.ts';
import { sourceOf } from './source-of.ts';

/** A saboteur before it is put on a driver. */
export interface Plan extends Sabotage, Omit<Saboteur, 'module' | 'source' | 'spares'> {
  readonly spares?: readonly string[];
}

/** Puts a defect on the reference driver: the usual place, because nothing else can be wrong there. */
export function onReference(plan: Plan): Saboteur {
  return on(referenceDriver, plan);
}

/** Puts a defect on vfs, for checks of what outlives a process. */
export function onVfs(plan: Plan): Saboteur {
  return on(vfs, plan);
}

/** Puts a defect on overlay2, for checks of what full copies cannot get wrong. */
export function onOverlay2(plan: Plan): Saboteur {
  return on(overlay2, plan);
}

function on(module: DriverModule, { name, defect, trips, spares = [], ...defects }: Plan): Saboteur {
  return { name, defect, trips, spares, source: sourceOf(name), module: sabotage(module, defects) };
}
