export type { DemoRecord } from './demo-result.ts';
export { type DemoRequest, runDemo } from './run-demo.ts';
