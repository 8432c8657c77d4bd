// Writes docs/saboteurs.md. Run it by `pnpm run table` in packages/proof, after a build.
import { writeFileSync } from 'node:fs';
import { allSaboteurs, renderSaboteurTable } from '../dist/index.js';

writeFileSync(new URL('../../../docs/saboteurs.md', import.meta.url), renderSaboteurTable(allSaboteurs));
