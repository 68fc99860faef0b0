import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isEnvFileName } from '@bundle/compose';
import { ioError } from '@bundle/files';
import { limits, paths } from '@bundle/format';
import type { PlannedFile } from '../application/application.ts';
import type { PackedImage } from '../images/packed-image.ts';
import { servicesByLine } from './compose-services.ts';
import type { NotScanned, SecretFinding } from './finding.ts';
import { imageSettings } from './image-settings.ts';
import { type FoundSecret, scanText, type TextKind } from './scan-text.ts';
import { SecretsFound } from './secrets-found.ts';
import { waive } from './waivers.ts';

/** What a scan for secrets found and what it left out. */
export interface SecretsReport {
  /** Number of files and images that were read. */
  readonly scanned: number;
  /** Findings that were allowed by name. */
  readonly allowed: readonly SecretFinding[];
  /** Fixed passwords that look like defaults. */
  readonly defaults: readonly SecretFinding[];
  /** Files that were too large, or came after the limit of all files together. */
  readonly notScanned: readonly NotScanned[];
  /** Names that allow nothing. */
  readonly unusedNames: readonly string[];
}

/** Looks for secrets in everything that goes into a bundle, step by step, and remembers what it found. */
export class SecretScan {
  readonly #allowed: readonly string[];
  readonly #signal: AbortSignal;
  readonly #found = new Map<string, SecretFinding>();
  readonly #values = new Set<string>();
  readonly #notScanned: NotScanned[] = [];
  #scanned = 0;
  #bytes = 0;

  /** `allowed`: names of findings, files or folders (see `waive`). */
  constructor(allowed: readonly string[], signal: AbortSignal) {
    this.#allowed = allowed;
    this.#signal = signal;
  }

  /** Scans files of the application. Those in `privateKeys` were allowed to hold one. */
  async files(files: readonly PlannedFile[], privateKeys: readonly string[]): Promise<void> {
    for (const { path, content, hasValues } of files) {
      const kind = hasValues ? 'values' : isCompose(path) ? 'settings' : 'configuration';
      const options = { place: path, kind, isFile: true } as const;
      if ('text' in content) {
        await this.#text(content.text, options);
        continue;
      }
      const text = await this.#read(content.file, path);
      if (text === undefined) continue;
      await this.#text(text, options, privateKeys.includes(content.file));
    }
  }

  /** Scans files of the source, which are relative to a folder. */
  async source(root: string, files: readonly string[]): Promise<void> {
    for (const path of files) {
      const place = `source/${path}`;
      const text = await this.#read(join(root, path), place);
      const kind = isEnvFileName(basename(path)) ? 'configuration' : 'source';
      if (text !== undefined) await this.#text(text, { place, kind, isFile: true });
    }
  }

  /** Scans the recipes of builds, which hold build arguments. */
  async recipes(text: string): Promise<void> {
    await this.#text(text, { place: paths.recipes, kind: 'configuration', isFile: true });
  }

  /** Scans environment, labels, commands and history of images; not the files in them. */
  async images(images: readonly PackedImage[]): Promise<void> {
    for (const { planned, assembled } of images) {
      const place = `image ${planned.reference}`;
      const kind = 'configuration';
      await this.#text(imageSettings(assembled.config), { place, kind, isFile: false });
    }
  }

  /** Fails with `secret-found` if something was found that nobody allowed. */
  check(): void {
    const stopping = this.stopping();
    if (stopping.length > 0) throw new SecretsFound(stopping);
  }

  /** Lists what was found and not allowed. */
  stopping(): readonly SecretFinding[] {
    return waive(this.#errors(), this.#allowed).stopping;
  }

  report(): SecretsReport {
    const { allowed, unused } = waive(this.#errors(), this.#allowed);
    const defaults = [...this.#found.values()].filter(({ severity }) => severity === 'warning');
    const rest = { allowed, defaults, notScanned: this.#notScanned, unusedNames: unused };
    return { scanned: this.#scanned, ...rest };
  }

  #errors(): SecretFinding[] {
    return [...this.#found.values()].filter(({ severity }) => severity === 'error');
  }

  async #text(text: string, kind: TextKind, mayBeKey = false): Promise<void> {
    this.#signal.throwIfAborted();
    this.#scanned += 1;
    const found = await scanText(text, kind);
    const serviceAt =
      found.length > 0 && isCompose(kind.place) ? servicesByLine(text, kind.place) : undefined;
    for (const one of found) {
      const { what, line } = one.finding;
      if (mayBeKey && what === 'privatekey') continue;
      const service = line === undefined ? undefined : serviceAt?.(line);
      this.#add(service === undefined ? one : { ...one, finding: { ...one.finding, service } });
    }
  }

  /** Adds a finding. What was found in a file is not found again in an image or a recipe that was made from it. */
  #add({ finding, value }: FoundSecret): void {
    const isDerived = finding.line === undefined || finding.place === paths.recipes;
    if (isDerived && this.#values.has(value)) return;
    this.#values.add(value);
    this.#found.set(`${finding.name} ${value}`, finding);
  }

  /** Reads a text file within the limits; undefined for a binary or too large one. */
  async #read(file: string, place: string): Promise<string | undefined> {
    this.#signal.throwIfAborted();
    try {
      const handle = await open(file);
      try {
        const { size } = await handle.stat();
        const isTooMuch =
          size > limits.maxScannedFileBytes || this.#bytes + size > limits.maxScannedBytes;
        // As in git and grep, a NUL near the beginning tells binary files.
        const head = await handle.read(Buffer.alloc(Math.min(size, 8192)), { position: 0 });
        if (head.buffer.subarray(0, head.bytesRead).includes(0)) return undefined;
        if (isTooMuch) {
          this.#notScanned.push({ place, bytes: size });
          return undefined;
        }
        const rest = await handle.read(Buffer.alloc(size), { position: 0 });
        this.#bytes += rest.bytesRead;
        return rest.buffer.toString('utf8', 0, rest.bytesRead);
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw ioError(error, 'reading', file, 'input-unreadable');
    }
  }
}

function isCompose(path: string): boolean {
  return path === paths.compose || path === paths.composeOffline;
}
