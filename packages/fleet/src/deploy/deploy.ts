import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '@bundle/files';
import { BundleError, digestOf, hexOf } from '@bundle/format';
import { deploymentPlacesOf, holdLock, releaseName } from '@bundle/host';
import pLimit from 'p-limit';
import type { Host } from '../hosts/host.ts';
import type { Connection } from '../ssh/connection.ts';
import { bringBack } from './bring-back.ts';
import { isLost, lacksSettings, sendTo, startOn } from './change-host.ts';
import { DeploymentLog, type HostEntry, newDeployment, readDeployment } from './journal.ts';
import { askAll, Connections, joined } from './open-hosts.ts';
import { canariesOf } from './order.ts';
import {
  type OpenedRemote,
  openRemote,
  type Prepared,
  prepareHost,
  shipmentName,
} from './prepare.ts';
import { type Remote, runsWell } from './remote.ts';
import type { DeployOptions, DeployPlan, DeployReport, HostReport } from './types.ts';

/** Pauses before a lost host is connected to again, in milliseconds. */
const pausesMs = [1_000, 5_000, 15_000];

/**
 * Deploys a bundle to hosts: looks at all of them first, then changes canaries, then the others, a few at a time. Where
 * one does not take the release, all that were changed roll back. The journal on this machine lets the next run go on,
 * or roll back, where this one ended. Fails before any change with the error of a host that cannot be deployed to.
 */
export async function deployToHosts(options: DeployOptions): Promise<DeployReport> {
  const { opened, hostsFile, stateDir, signal, env } = options;
  const name = options.name ?? opened.manifest.product;
  const key = hexOf(digestOf(Buffer.from(`${hostsFile}\n${name}`))).slice(0, 16);
  const places = deploymentPlacesOf(stateDir, key);
  await makeFolder(places.folder, 0o700);
  return holdLock(places.lock, places.folder, signal, (held) =>
    Connections.use(env, async (connections) => {
      const deployment = new Deployment({ ...options, signal: held }, name, places, connections);
      return deployment.run();
    }),
  );
}

class Deployment {
  readonly #options: DeployOptions;
  readonly #name: string;
  readonly #places: ReturnType<typeof deploymentPlacesOf>;
  readonly #connections: Connections;
  readonly #release: string;
  readonly #reports = new Map<string, HostReport>();
  /** Aborts what is being sent once a host has failed; what is being started ends by itself. */
  readonly #stop = new AbortController();
  readonly #remotes = new WeakMap<Connection, OpenedRemote>();
  #failed = false;
  #log: DeploymentLog;

  constructor(
    options: DeployOptions,
    name: string,
    places: ReturnType<typeof deploymentPlacesOf>,
    connections: Connections,
  ) {
    this.#options = options;
    this.#name = name;
    this.#places = places;
    this.#connections = connections;
    const { digest, manifest } = options.opened;
    this.#release = releaseName(manifest, digest);
    const id = randomBytes(8).toString('hex');
    this.#log = new DeploymentLog(places, newDeployment(id, digest, this.#release, options.now()));
  }

  async run(): Promise<DeployReport> {
    const { hosts, canary, hostsFile, dryRun } = this.#options;
    const canaries = canariesOf(hosts, canary, hostsFile);
    const goesOn = await this.#takeUp();
    const prepared = await this.#lookAtAll();
    const plan = this.#plan(prepared, canaries, goesOn);
    for (const { host, before, action, lackingBytes } of plan.hosts) {
      const outcome = action === 'already running' ? action : 'untouched';
      this.#reports.set(host, { host, outcome, before, lackingBytes, sentBytes: 0 });
    }
    if (dryRun) return { ...this.#report('previewed'), plan };
    const todo = prepared.filter(({ action }) => action !== 'already running');
    if (todo.length === 0 && !goesOn) return this.#report('already running');
    if (this.#options.confirm !== undefined && !(await this.#options.confirm(plan))) {
      return this.#report('declined');
    }
    await this.#log.setState('going');
    const isFirst = ({ host }: Prepared): boolean => canaries.has(host.name);
    await this.#changeAll(todo.filter(isFirst));
    if (!this.#failed) await this.#changeAll(todo.filter((one) => !isFirst(one)));
    if (this.#failed) {
      await this.#bringBackAll();
      return this.#report('stopped');
    }
    if (this.#options.signal.aborted) return this.#report('interrupted');
    await this.#log.setState('done');
    return this.#report('deployed');
  }

  /** Takes up an earlier deployment: ends one that was rolling back, and goes on with one of the same release. */
  async #takeUp(): Promise<boolean> {
    const { dryRun, opened } = this.#options;
    const before = await readDeployment(this.#places);
    if (before === undefined || dryRun) return false;
    if (before.state === 'returning') {
      const own = this.#log;
      this.#log = new DeploymentLog(this.#places, before);
      const errors = await this.#bringBackAll();
      if (errors.length > 0) throw stillThere(errors);
      this.#log = own;
      return false;
    }
    if (before.state !== 'going' || before.digest !== opened.digest) return false;
    this.#log = new DeploymentLog(this.#places, before);
    return true;
  }

  /** Looks at all hosts before the first one changes. Fails with what is wrong with any of them. */
  async #lookAtAll(): Promise<readonly Prepared[]> {
    const { hosts, parallel, signal, onProgress } = this.#options;
    let done = 0;
    const answers = await askAll(hosts, Math.max(parallel, 5), async (host) => {
      const prepared = await prepareHost(host, await this.#open(host, signal), this.#options);
      onProgress({
        phase: 'looking at the hosts',
        doneBytes: 0,
        detail: `${++done}/${hosts.length}`,
      });
      return prepared;
    });
    const errors = answers.flatMap(({ error }) => (error === undefined ? [] : [error]));
    if (errors.length > 0) {
      throw joined(errors, 'No host was changed. Leave hosts out with --limit.');
    }
    return answers.flatMap(({ answer }) => (answer === undefined ? [] : [answer]));
  }

  #plan(prepared: readonly Prepared[], canaries: ReadonlySet<string>, goesOn: boolean): DeployPlan {
    const { product, version } = this.#options.opened.manifest;
    return {
      product,
      version,
      release: this.#release,
      goesOn,
      hosts: prepared.map((one) => ({
        host: one.host.name,
        before: this.#entryOf(one).before ?? undefined,
        action: one.action,
        isCanary: canaries.has(one.host.name),
        lackingBytes: one.action === 'already running' ? 0 : one.shipment.bytes + one.programBytes,
      })),
    };
  }

  /** Returns what the journal says of a host, or what it will say when the host is changed. */
  #entryOf({ host, instance }: Prepared): HostEntry {
    const all = this.#log.journal.hosts;
    const known = Object.hasOwn(all, host.name) ? all[host.name] : undefined;
    if (known !== undefined && known.state !== 'returned') return known;
    const before = instance?.release ?? null;
    return { before, wasThere: instance !== undefined, state: 'sending' };
  }

  async #changeAll(hosts: readonly Prepared[]): Promise<void> {
    const limit = pLimit(this.#options.parallel);
    await Promise.all(hosts.map((one) => limit(() => this.#change(one))));
  }

  /** Sends the release to a host and starts it. Its failure stops the deployment. */
  async #change(prepared: Prepared): Promise<void> {
    const { signal, onLine, onProgress } = this.#options;
    const { host, shipment } = prepared;
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    if (stopped.aborted) return;
    const entry = this.#entryOf(prepared);
    const { name } = host;
    let sentBytes = prepared.programBytes;
    try {
      await this.#log.setHost(name, entry);
      const path = await this.#onHost(host, stopped, (remote) =>
        sendTo(
          remote,
          shipmentName(this.#log.journal.id, this.#options.opened, shipment),
          shipment,
          {
            signal: stopped,
            onBytes: (count) => {
              sentBytes += count;
              this.#note(name, { sentBytes });
              onProgress({
                phase: 'sending',
                doneBytes: this.#sentBytes(),
                totalBytes: this.#lackingBytes(),
                detail: name,
              });
            },
          },
        ),
      );
      onLine({ host: name, what: 'sent', bytes: sentBytes });
      await this.#log.setHost(name, { ...entry, state: 'starting' });
      await this.#onHost(host, new AbortController().signal, (remote, isAgain) =>
        this.#start(remote, prepared, path, isAgain),
      );
      await this.#log.setHost(name, { ...entry, state: 'deployed' });
      this.#note(name, { outcome: 'deployed' });
      onLine({ host: name, what: 'deployed' });
    } catch (error) {
      if (stopped.aborted && !(error instanceof BundleError)) return;
      if (!(error instanceof BundleError)) throw error;
      this.#note(name, { outcome: 'failed', error });
      onLine({ host: name, what: 'failed', error });
      this.#failed = true;
      this.#stop.abort();
    }
  }

  /** Starts the release on a host. The start whose connection was lost may have ended well since. */
  async #start(remote: Remote, { host }: Prepared, path: string, isAgain: boolean): Promise<void> {
    try {
      await startOn(remote, host, path, this.#options);
    } catch (error) {
      if (!isAgain || !(error instanceof BundleError)) throw error;
      const { signal } = new AbortController();
      const instances = await remote.instances(signal);
      const instance = instances.find(({ name }) => name === this.#name);
      if (!runsWell(instance, this.#release)) throw error;
      if (await lacksSettings(remote, host, this.#name, this.#release, this.#options, signal))
        throw error;
    }
  }

  /** Opens a host once for each connection to it. */
  async #open(host: Host, signal: AbortSignal): Promise<OpenedRemote> {
    const connection = await this.#connections.to(host, signal);
    const known = this.#remotes.get(connection);
    if (known !== undefined) return known;
    const opened = await openRemote(connection, { ...this.#options, signal });
    this.#remotes.set(connection, opened);
    return opened;
  }

  /** Does something on a host; connects again where the connection is lost. */
  async #onHost<T>(
    host: Host,
    signal: AbortSignal,
    work: (remote: Remote, isAgain: boolean) => Promise<T>,
  ): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        const { remote } = await this.#open(host, signal);
        return await work(remote, tries > 0);
      } catch (error) {
        const pause = pausesMs[tries];
        if (!isLost(error) || pause === undefined || signal.aborted) throw error;
        await this.#connections.drop(host);
        this.#options.onLine({ host: host.name, what: 'again' });
        await sleep(pause, undefined, { signal });
      }
    }
  }

  /**
   * Brings back every host that this deployment changed, or may have changed; one that the file no longer names stays as
   * it is. Returns what went wrong. A host that fails keeps its error.
   */
  async #bringBackAll(): Promise<readonly BundleError[]> {
    const { knownHosts, parallel, onLine } = this.#options;
    await this.#log.setState('returning');
    const { release, hosts } = this.#log.journal;
    const byName = new Map(knownHosts.map((host) => [host.name, host]));
    const changed = Object.entries(hosts).flatMap(([name, entry]): [Host, HostEntry][] => {
      const host = byName.get(name);
      const isChanged = entry.state === 'starting' || entry.state === 'deployed';
      return isChanged && host !== undefined ? [[host, entry]] : [];
    });
    const limit = pLimit(parallel);
    const errors: BundleError[] = [];
    const back = async ([host, entry]: [Host, HostEntry]): Promise<void> => {
      const { name } = host;
      try {
        const signal = new AbortController().signal;
        const done = await this.#onHost(host, signal, (remote) =>
          bringBack(remote, host, entry, this.#name, release, this.#options),
        );
        await this.#log.setHost(name, { ...entry, state: 'returned' });
        if (entry.state === 'deployed') this.#note(name, { outcome: 'returned' });
        if (done !== 'nothing')
          onLine({ host: name, what: done === 'removed' ? 'removed' : 'returned' });
      } catch (error) {
        if (!(error instanceof BundleError)) throw error;
        errors.push(error);
        this.#note(name, { outcome: 'unknown', error });
        onLine({ host: name, what: 'failed', error });
      }
    };
    await Promise.all(changed.map((one) => limit(() => back(one))));
    // Otherwise the next run tries again.
    if (errors.length === 0) await this.#log.setState('returned');
    return errors;
  }

  #note(host: string, more: Partial<HostReport>): void {
    const report = this.#reports.get(host);
    if (report !== undefined) this.#reports.set(host, { ...report, ...more });
  }

  #sentBytes(): number {
    return [...this.#reports.values()].reduce((sum, { sentBytes }) => sum + sentBytes, 0);
  }

  #lackingBytes(): number {
    return [...this.#reports.values()].reduce((sum, { lackingBytes }) => sum + lackingBytes, 0);
  }

  #report(outcome: DeployReport['outcome']): DeployReport {
    const { manifest, digest } = this.#options.opened;
    const { product, version } = manifest;
    const hosts = [...this.#reports.values()];
    const { journal } = this.#places;
    return { outcome, product, version, digest, release: this.#release, hosts, journal };
  }
}

/** Makes the error for hosts that an earlier deployment left and that still cannot be brought back. */
function stillThere(errors: readonly BundleError[]): BundleError {
  return new BundleError('return-failed', {
    operation: 'bringing back the hosts of the last deployment',
    expected: 'hosts that run what ran before',
    found: errors.map(({ message }) => message).join('; '),
    hint: 'The same command tries again. A host that is gone for good is passed over once the file does not name it.',
  });
}
