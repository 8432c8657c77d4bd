import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

function browserPath(): string | undefined {
  const given = process.env['CHROMIUM'];
  if (given !== undefined) return given;
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why no browser can be started here, or `null`. */
export function browserReason(): string | null {
  return browserPath() === undefined
    ? 'There is no Chromium: install the package chromium, or name one in CHROMIUM.'
    : null;
}

/** Starts the host's Chromium. Its sandbox does not work for root. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = browserPath() ?? 'chromium';
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
