import { StorageError } from '@graphdriver/core';

/** Twice the size of the SVG, for screens and slides. */
const ZOOM = 2;
const FAMILY = 'DejaVu Sans';

/** Draws SVG documents as PNG. */
export type PngRenderer = (svg: string) => Promise<Uint8Array>;

/**
 * A renderer, with the library that draws and a look at the fonts that the system has. Some milliseconds; a chart then takes about a
 * tenth of a second on a thread of its own.
 *
 * @throws {StorageError} `PREREQUISITE_MISSING` where the library has no build for this platform, or no font is installed
 */
export async function pngRenderer(): Promise<PngRenderer> {
  const { Resvg, renderAsync } = await import('@resvg/resvg-js').catch((error: unknown) => {
    throw new StorageError('PREREQUISITE_MISSING', 'There is no PNG renderer for this platform.', {
      hint: 'Leave PNG out with --no-png: the SVG files show the same.',
      cause: error,
    });
  });
  const options = {
    font: { loadSystemFonts: true, defaultFontFamily: FAMILY, sansSerifFamily: FAMILY },
    fitTo: { mode: 'zoom', value: ZOOM },
  } as const;
  const probe = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><text y="20">1 ms</text></svg>';
  if (new Resvg(probe, options).getBBox() === undefined) {
    throw new StorageError('PREREQUISITE_MISSING', 'No font is installed, so that PNG files would have no text.', {
      hint: 'Install one, on Debian: apt-get install fonts-dejavu-core. Or leave PNG out with --no-png.',
    });
  }
  return async (svg) => (await renderAsync(svg, options)).asPng();
}
