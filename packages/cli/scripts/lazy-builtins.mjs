/**
 * Functions of Node's own modules that take milliseconds to load and that most runs never call.
 * Only what is called as a plain function can be listed: no classes, no constants.
 */
const LAZY = {
  'node:child_process': ['execFile', 'spawn', 'spawnSync'],
  'node:crypto': ['createCipheriv', 'createHash', 'hash', 'randomBytes', 'randomInt', 'randomUUID'],
  'node:zlib': ['crc32', 'createGunzip', 'createGzip', 'gunzipSync', 'gzipSync'],
};

/**
 * A plugin that loads these modules at the first call of one of these functions instead of at the start.
 * An import of anything else from them fails the build: then it is to be added above, or the module to be taken out.
 */
export function lazyBuiltins() {
  return {
    name: 'lazy-builtins',
    setup(build) {
      const filter = new RegExp(`^(${Object.keys(LAZY).join('|')})$`);
      build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'lazy-builtin', sideEffects: false }));
      build.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, ({ path }) => ({
        contents: LAZY[path]
          .map((name) => `export const ${name} = (...args) => process.getBuiltinModule('${path}').${name}(...args);`)
          .join('\n'),
      }));
    },
  };
}
