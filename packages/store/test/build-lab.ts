import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BuildOptions, buildImage } from '../src/build/build-image.ts';
import type { BuildProgress } from '../src/build/build-progress.ts';
import type { ContainerConfig, HistoryEntry } from '../src/images/image-config.ts';
import { TestHost } from './build-test-host.ts';

/** A file of a build context: its text, or a link, or a mode beside the text. */
export type ContextFile = string | { readonly link: string } | { readonly text: string; readonly mode: number };

/** What a build gave. */
export interface LabImage {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly history: readonly HistoryEntry[];
  readonly layers: number;
  /** The directory that shows the image's files. */
  readonly view: string;
  readonly progress: readonly BuildProgress[];
}

/** A build context, a host and what one needs to look at the outcome. */
export class BuildLab implements Disposable {
  readonly root: string = mkdtempSync(join(tmpdir(), 'graphdriver-build-'));
  readonly context: string = join(this.root, 'context');
  readonly host: TestHost = new TestHost(this.root);

  constructor(files: Readonly<Record<string, ContextFile>> = {}) {
    mkdirSync(this.context);
    this.write(files);
  }

  write(files: Readonly<Record<string, ContextFile>>): void {
    for (const [name, file] of Object.entries(files)) {
      const path = join(this.context, name);
      mkdirSync(dirname(path), { recursive: true });
      rmSync(path, { force: true });
      if (typeof file === 'string') writeFileSync(path, file);
      else if ('link' in file) symlinkSync(file.link, path);
      else {
        writeFileSync(path, file.text);
        chmodSync(path, file.mode);
      }
    }
  }

  async build(dockerfile: string, options: Partial<BuildOptions> = {}): Promise<LabImage> {
    const progress: BuildProgress[] = [];
    const { id } = await buildImage(this.host, {
      context: this.context,
      dockerfileText: dockerfile,
      onProgress: (event) => progress.push(event),
      ...options,
    });
    const { config, topLayer } = this.host.image(id);
    return {
      id,
      config: config.config ?? {},
      history: config.history ?? [],
      layers: config.rootfs.diff_ids.length,
      view: topLayer === null ? '/nonexistent' : this.host.viewOf(topLayer),
      progress,
    };
  }

  /** The error that a build ends with. */
  async failure(dockerfile: string, options: Partial<BuildOptions> = {}): Promise<unknown> {
    return this.build(dockerfile, options).then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
