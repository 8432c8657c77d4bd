export { aufs } from './aufs-driver.ts';
export { readTrace } from './read-trace.ts';
