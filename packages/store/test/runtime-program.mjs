// Runs one process in the foreground, as a program of its own that a test can kill or put into other namespaces.
import { runInForeground } from '../dist/runtime/runtime.js';

const { spec, runtime } = JSON.parse(process.argv[2] ?? '');
const { exitCode } = await runInForeground(spec, { runtime, stdout: 'inherit', stderr: 'inherit', passSignals: true });
process.exitCode = exitCode;
