export { EXIT, exitCodeFor } from './exit-code.ts';
export { run } from './program.ts';
