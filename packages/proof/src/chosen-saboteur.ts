import type { DriverModule } from '@graphdriver/core';
import { allSaboteurs } from './all-saboteurs.ts';

const name = new URL(import.meta.url).searchParams.get('name');
const chosen = allSaboteurs.find((saboteur) => saboteur.name === name);
if (chosen === undefined) throw new TypeError(`There is no saboteur ${name}.`);

/** The saboteur that is named in the address under which this file was imported: `...?name=changes-forget-deletions`. */
export const chosenSaboteur: DriverModule = chosen.module;
