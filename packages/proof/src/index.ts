export { allSaboteurs } from './all-saboteurs.ts';
export { type Sabotage, sabotage } from './sabotage.ts';
export type { Saboteur } from './saboteur.ts';
export { renderSaboteurTable } from './saboteur-table.ts';
