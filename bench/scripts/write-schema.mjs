// `pnpm run schema`: writes docs/benchmarks/result.schema.json, the JSON Schema of result files, from the rules by which they are read.
import { writeFileSync } from 'node:fs';
import { formatSchema } from '../dist/index.js';

writeFileSync(new URL('../../docs/benchmarks/result.schema.json', import.meta.url), formatSchema());
