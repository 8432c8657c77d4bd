// The bundler writes the version of the package here.
declare const BUNDLED_VERSION: string;

/** This program's version, as its package has it. */
export const packageVersion: string = BUNDLED_VERSION;
