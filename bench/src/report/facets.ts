/** What the page's filter goes by. What a thing does not have, does not hide it. */
export interface Facets {
  readonly target?: number;
  readonly cache?: string;
  readonly layers?: number;
  readonly directories?: number;
}

/** The facets as attributes that the page's script looks for. */
export function facetAttributes({ target, cache, layers, directories }: Facets): Record<string, string | undefined> {
  return {
    'data-target': target?.toString(),
    'data-cache': cache,
    'data-layers': layers?.toString(),
    'data-directories': directories?.toString(),
  };
}
