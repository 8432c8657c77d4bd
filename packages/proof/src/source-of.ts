/**
 * Where a second process finds the saboteur of this name: in a file that knows from its own address whom it is to be.
 * Always the built file, because plain node cannot run the other one.
 */
export function sourceOf(name: string): { readonly specifier: string; readonly export: string } {
  const address = new URL('../dist/chosen-saboteur.js', import.meta.url);
  address.searchParams.set('name', name);
  return { specifier: address.href, export: 'chosenSaboteur' };
}
