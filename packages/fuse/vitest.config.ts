// @boundaries-ignore one configuration serves all packages
export { default } from '../../vitest.shared.ts';
