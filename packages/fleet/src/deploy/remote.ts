import { BundleError, type Inventory, inventorySchema, parseBounded } from '@bundle/format';
import { z } from 'zod';
import type { Answer, CommandOptions, Connection } from '../ssh/connection.ts';
import { documentOf, failureOf, hostText } from './answers.ts';
import type { Shipment } from './shipment.ts';

// Scripts for the POSIX shell of a host: one line each, since not every login shell passes on several.

/**
 * Prints the state folder, the command with its version, system and machine; `$1` and `$2` are what the file says.
 * Removes settings whose run has ended.
 */
const lookScript = [
  'umask 077; state=$1; [ -n "$state" ] || state=$BUNDLE_STATE_DIR',
  // A relative path is ignored, as in the command.
  'base=$XDG_STATE_HOME; case $base in /*) ;; *) base=$HOME/.local/state; esac',
  'if [ -z "$state" ]; then if [ "$(id -u)" = 0 ]; then state=/var/lib/bundle; else state=$base/bundle; fi; fi',
  'own=$2; [ -n "$own" ] || own=$(command -v bundle || :)',
  // Its name has the first digits of its digest: one that the disk has damaged is sent again.
  'if [ -z "$own" ]; then for sent in "$state"/_deploy/bundle-*; do [ ! -x "$sent" ] || case bundle-$(sha256sum <"$sent") in "$(basename "$sent")"*) own=$sent; esac; done; fi',
  // What a host that lost its power in the middle of a start still has.
  'for left in "$state"/_deploy/settings-*.json; do pid=$(basename "$left" .json | cut -d - -f 2); grep -q _deploy "/proc/$pid/cmdline" 2>/dev/null || rm -f "$left"; done',
  'version=; [ -z "$own" ] || version=$("$own" --version 2>/dev/null | tail -n 1)',
  'printf "%s\\n" "$state" "$own" "$version" "$(uname -s)" "$(uname -m)"',
].join('; ');

/** Prints how many bytes of the file `$2` in the folder `$1` arrived before; removes what nobody came back for. */
const sizeScript =
  'umask 077; mkdir -p "$1" && cd "$1" && find . ! -name "bundle-*" -type f -mtime +7 -exec rm -f {} + && { [ ! -f "$2" ] || wc -c <"$2"; }';

/** Appends what arrives to `$2.part`; names it `$2` once it has `$3` bytes. */
const appendScript =
  'umask 077; cd "$1" && cat >>"$2.part" && [ "$(($(wc -c <"$2.part")))" -eq "$3" ] && mv -f "$2.part" "$2"';

/** Checks the digest `$3` of the program `$2`, makes it one that can be run, and removes older ones after a month. */
const programScript =
  'umask 077; cd "$1" && echo "$3  $2" | sha256sum -c - >/dev/null && chmod 700 "$2" && find . -name "bundle-*" ! -name "$2" -type f -mtime +30 -exec rm -f {} +';

/**
 * Runs a command with a private file in `$1` that holds the `$2` bytes of the standard input, and removes the file
 * afterwards, also where the connection is gone; after a success also `$3`. In one command: a connection that is lost in
 * between would leave it open whether the release was imported. One that is lost before gives a part of the file, with
 * which nothing may start.
 */
const startScript = [
  'umask 077; mkdir -p "$1" || exit 1; file=$1/settings-$$.json; bytes=$2; sent=$3; shift 3',
  // A shell that dies of a signal runs no trap for its end.
  'clean() { rm -f "$file"; }; trap clean EXIT; trap "exit 1" HUP INT PIPE TERM',
  'if [ "$bytes" -gt 0 ]; then cat >"$file" && [ "$(($(wc -c <"$file")))" -eq "$bytes" ] || { echo "not all settings arrived" >&2; exit 1; }; set -- "$@" --env-file "$file"; fi',
  '"$@"; code=$?; [ "$code" -ne 0 ] || [ -z "$sent" ] || rm -f "$sent"; exit "$code"',
].join('; ');

/** What a host is, before anything changes on it. */
export interface Look {
  readonly stateDir: string;
  /** Its own command with its version, if it has one. */
  readonly command: string | undefined;
  readonly version: string | undefined;
  /** As `uname` has them: `Linux`, `x86_64`. */
  readonly system: string;
  readonly machine: string;
}

const statusSchema = z.looseObject({
  instances: z.array(
    z.looseObject({
      name: hostText,
      state: z.enum(['running', 'degraded', 'stopped', 'unknown']),
      release: hostText.optional(),
      version: hostText.optional(),
      since: hostText.optional(),
      interrupted: z.looseObject({ to: hostText }).optional(),
      waiting: z.array(hostText).default([]),
    }),
  ),
});

const previewSchema = z.looseObject({
  plan: z.looseObject({ settings: z.looseObject({ files: z.array(z.unknown()) }) }),
});

/** Returns the word by which commands on a host find a release, `VERSION-DIGEST12`. */
export function releaseWord(release: string): string {
  return `sha256:${release.slice(-12)}`;
}

/** What a host says of one of its applications. */
export type RemoteInstance = z.output<typeof statusSchema>['instances'][number];

/** Tells whether a release runs as an application, and well. */
export function runsWell(instance: RemoteInstance | undefined, release: string): boolean {
  return (
    instance?.release === release &&
    instance.state === 'running' &&
    instance.interrupted === undefined
  );
}

/** The commands of a deployment on one host. */
export class Remote {
  readonly #connection: Connection;
  readonly #look: Look;
  #program: string;

  constructor(connection: Connection, look: Look, program: string) {
    this.#connection = connection;
    this.#look = look;
    this.#program = program;
  }

  get name(): string {
    return this.#connection.host.name;
  }

  /** Folder on the host for what is sent. */
  get folder(): string {
    return `${this.#look.stateDir}/_deploy`;
  }

  /** Runs the command of that host with `--json`. */
  async bundle(words: readonly string[], options: CommandOptions = {}): Promise<Answer> {
    return this.#connection.run('exec "$@"', { ...options, words: this.#line(words) });
  }

  /** The same for a release that was sent, which is then removed; nobody sees the settings in the list of processes. */
  async start(words: readonly string[], sent: string, settings: string): Promise<Answer> {
    return this.#withSettings(words, { settings, sent });
  }

  /**
   * Tells whether a release that runs would get other settings; it looks at them on that host. Fails as the command does.
   */
  async settingsDiffer(name: string, release: string, settings: string, signal: AbortSignal) {
    const words = ['up', releaseWord(release), '--name', name, '--dry-run', '--yes'];
    const answer = await this.#withSettings(words, { settings, sent: '' }, { signal });
    const failure = failureOf(this.name, 'comparing the settings', answer);
    if (failure !== undefined) throw failure;
    const files = previewSchema.safeParse(documentOf(answer)).data?.plan.settings.files;
    return files === undefined || files.length > 0;
  }

  #line(words: readonly string[]): string[] {
    return [this.#program, ...words, '--json', '--lang', 'en', '--state-dir', this.#look.stateDir];
  }

  /** Runs the command with settings in a private file, unless there are none. Removes the file, and `sent` if it succeeds. */
  async #withSettings(
    words: readonly string[],
    { settings, sent }: { readonly settings: string; readonly sent: string },
    options: CommandOptions = {},
  ): Promise<Answer> {
    const bytes = Buffer.from(settings);
    return this.#connection.run(startScript, {
      ...options,
      words: [this.folder, String(bytes.length), sent, ...this.#line(words)],
      input: settings === '' ? [] : [bytes],
    });
  }

  async inventory(signal: AbortSignal): Promise<Inventory> {
    const answer = await this.bundle(['inventory'], { signal });
    const failure = failureOf(this.name, 'taking the inventory', answer);
    if (failure !== undefined) throw failure;
    const parsed = parseBounded(inventorySchema, documentOf(answer));
    if (parsed.data !== undefined) return parsed.data;
    throw new BundleError('inventory-invalid', {
      operation: `on ${this.name}: taking the inventory`,
      found: parsed.issues[0]?.message ?? 'something else',
      hint: 'Check what `bundle inventory` prints on that host.',
    });
  }

  /** Returns what the host says of its applications; fails where it cannot say. */
  async instances(signal: AbortSignal): Promise<readonly RemoteInstance[]> {
    const answer = await this.bundle(['status'], { signal });
    const { data } = parseBounded(statusSchema, documentOf(answer));
    // Services that are down are an answer too, with an exit code of their own.
    if (data !== undefined) return data.instances;
    throw (
      failureOf(this.name, 'asking for the status', answer) ??
      new BundleError('host-unreachable', {
        operation: `on ${this.name}: asking for the status`,
        found: answer.stdout.slice(0, 200),
        hint: 'Check what `bundle status` prints on that host.',
      })
    );
  }

  /**
   * Sends what a host lacks into a file, going on after the bytes that arrived before. Returns its path and the bytes
   * that were sent now. Fails with `host-unreachable` and `no-space`.
   */
  async send(
    file: string,
    { bytes, from }: Shipment,
    {
      onBytes,
      signal,
    }: { readonly onBytes: (count: number) => void; readonly signal: AbortSignal },
  ): Promise<{ readonly path: string; readonly sentBytes: number }> {
    const path = `${this.folder}/${file}`;
    const there = async (name: string): Promise<number> => {
      const answer = await this.#checked(
        'looking for what arrived before',
        sizeScript,
        [this.folder, name],
        { signal },
      );
      return Number(answer.stdout.trim() || 0);
    };
    if ((await there(file)) === bytes) return { path, sentBytes: 0 };
    const found = await there(`${file}.part`);
    const isTooMuch = found > bytes;
    if (isTooMuch) await this.remove(`${path}.part`);
    const offset = isTooMuch ? 0 : found;
    let sentBytes = 0;
    const counted = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of from(offset)) {
        sentBytes += chunk.length;
        onBytes(chunk.length);
        yield chunk;
      }
    };
    const words = [this.folder, file, String(bytes)];
    await this.#checked('receiving the release', appendScript, words, { input: counted(), signal });
    return { path, sentBytes };
  }

  /** Sends the command itself and uses it from then on; the host checks its digest. */
  async sendProgram(shipment: Shipment, sha256: string, options: Parameters<Remote['send']>[2]) {
    const file = `bundle-${sha256.slice(0, 12)}`;
    const { path, sentBytes } = await this.send(file, shipment, options);
    const answer = await this.#connection.run(programScript, {
      words: [this.folder, file, sha256],
    });
    if (answer.code !== 0) {
      await this.remove(path);
      throw new BundleError('digest-mismatch', {
        operation: `on ${this.name}: checking the command that was sent`,
        expected: `sha256:${sha256}`,
        found: answer.stderr.trim() || 'other bytes',
        hint: 'Run the command again: it is sent from the beginning.',
      });
    }
    this.#program = path;
    return sentBytes;
  }

  async remove(path: string): Promise<void> {
    await this.#checked('removing what was sent', 'rm -f "$1"', [path]);
  }

  async #checked(
    operation: string,
    script: string,
    words: readonly string[],
    options: CommandOptions = {},
  ): Promise<Answer> {
    const answer = await this.#connection.run(script, { ...options, words });
    const failure = failureOf(this.name, operation, answer);
    if (failure !== undefined) throw failure;
    return answer;
  }
}

/** Asks a host what it is. Fails with `host-unreachable`. */
export async function lookAt(connection: Connection, signal: AbortSignal): Promise<Look> {
  const { name, stateDir = '', command = '' } = connection.host;
  const answer = await connection.run(lookScript, { words: [stateDir, command], signal });
  const failure = failureOf(name, 'asking what it is', answer);
  if (failure !== undefined) throw failure;
  const [state = '', own = '', version = '', system = '', machine = ''] = answer.stdout.split('\n');
  return {
    stateDir: state,
    command: own === '' ? undefined : own,
    version: version === '' ? undefined : version,
    system,
    machine,
  };
}
