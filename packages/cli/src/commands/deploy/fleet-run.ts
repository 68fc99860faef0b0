import { resolve } from 'node:path';
import {
  type DeployOptions,
  deployError,
  deployToHosts,
  readHosts,
  statusOfHosts,
} from '@bundle/fleet';
import { BundleError, defined, normalizeArchitecture } from '@bundle/format';
import { openManifest } from '@bundle/verify';
import { type Context, type Outcome, startClock } from '../../outcome.ts';
import { findBundle } from '../../shared/find-bundle.ts';
import { findPartsWith } from '../../shared/find-parts.ts';
import { stateFolder } from '../../shared/folders.ts';
import { theOnlyBundle } from '../../shared/options/bundle.ts';
import { ownProgram } from '../../shared/own-program.ts';
import { errorJson } from '../../shared/render/error.ts';
import { givenSettings } from '../../shared/settings.ts';
import { t } from '../../shared/text/text.ts';
import { usageError } from '../../usage.ts';
import { version } from '../../version.ts';
import type { DeployChoice } from './definition.ts';
import { deployedText, eventText, fleetStatusText, planText } from './fleet-render.ts';

/** Hosts at a time. */
const defaultParallel = 5;

/** Runs `bundle deploy --hosts FILE`: deploys a bundle to hosts by ssh. */
export async function runFleet(
  context: Context,
  bundle: string | undefined,
  hostsFile: string,
  options: DeployChoice,
): Promise<Outcome> {
  const { env, cwd, say, ask, signal, onProgress, colours, stderrColours } = context;
  const seconds = startClock(context);
  checkOptions(options);
  const file = resolve(cwd, hostsFile);
  const hosts = await readHosts(file, options.limit);
  if (options.status) return runFleetStatus(context, hosts, options);
  onProgress({ phase: 'reading the bundle', doneBytes: 0 });
  const opened = await openManifest(
    await findBundle(bundle ?? theOnlyBundle),
    findPartsWith(options, context),
  );
  const report = await deployToHosts({
    opened,
    hosts,
    knownHosts: await readHosts(file),
    hostsFile: file,
    stateDir: stateFolder(options.stateDir, context),
    name: options.name,
    parallel: options.parallel ?? defaultParallel,
    canary: options.canary ?? 1,
    startWords: startWords(options),
    rollbackWords: waitingWords(options),
    settings: await givenSettings(context, options),
    busySeconds: options.timeout,
    version,
    program: thisProgram(),
    dryRun: options.dryRun,
    env,
    onProgress,
    onLine: (event) => say(eventText(event, stderrColours)),
    ...(ask === undefined
      ? {}
      : {
          confirm: async (plan) => {
            say(planText(plan, stderrColours));
            return ask(t`Deploy it?`);
          },
        }),
    signal,
    now: () => new Date(),
  });
  const json = {
    ...report,
    hosts: report.hosts.map(({ error, ...host }) =>
      error === undefined ? host : { ...host, error: errorJson(error) },
    ),
    seconds: seconds(),
  };
  const outcome = { json, text: deployedText(report, seconds(), colours) };
  const error = deployError(report);
  return error === undefined ? outcome : { ...outcome, error };
}

async function runFleetStatus(
  { env, signal, colours, onProgress }: Context,
  hosts: Awaited<ReturnType<typeof readHosts>>,
  { parallel = defaultParallel }: DeployChoice,
): Promise<Outcome> {
  onProgress({ phase: 'looking at the hosts', doneBytes: 0 });
  const answers = await statusOfHosts(hosts, { env, parallel, signal });
  const json = {
    hosts: answers.map(({ error, ...host }) =>
      error === undefined ? host : { ...host, error: errorJson(error) },
    ),
  };
  const outcome = { json, text: fleetStatusText(answers, colours) };
  const silent = answers.filter(({ error }) => error !== undefined);
  if (silent.length === 0) return outcome;
  const error = new BundleError('host-unreachable', {
    operation: 'asking the hosts what they run',
    expected: `an answer of ${hosts.length} hosts`,
    found: `none of ${silent.map(({ host }) => host).join(', ')}`,
    hint: 'The reason of each is in the table, or with --json in the document.',
  });
  return { ...outcome, error };
}

/** Refuses options that mean an engine of this machine, or the nodes of a swarm. */
function checkOptions(options: DeployChoice): void {
  const { registry, fromServe, plainHttp, release, dockerHost, engine } = options;
  const others = {
    '--registry': registry,
    '--from-serve': fromServe,
    '--plain-http': plainHttp?.join(', '),
    '--release': release,
    '--docker-host': dockerHost,
    '--engine': engine,
  };
  const [given] = Object.entries(others).filter(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw usageError(given[0], 'not together with --hosts', given[1] ?? '');
}

/** Options that the import on each host gets. */
function startWords(options: DeployChoice): string[] {
  return [
    ...waitingWords(options),
    ...options.allow.flatMap((kind) => ['--allow', kind]),
    ...options.ignore.flatMap((check) => ['--ignore', check]),
    ...(options.backupVolumes ? ['--backup-volumes'] : []),
    ...(options.allowOlder ? ['--allow-older'] : []),
    ...(options.channel === undefined ? [] : ['--channel', options.channel]),
    ...(options.expectDigest === undefined ? [] : ['--expect-digest', options.expectDigest]),
  ];
}

function waitingWords({ timeout, settle, probe }: DeployChoice): string[] {
  const words = ['--timeout', String(timeout), '--settle', String(settle)];
  return probe === undefined ? words : [...words, '--probe', probe];
}

/** Returns this command as one file with the platform that it runs on. */
function thisProgram(): DeployOptions['program'] {
  const file = ownProgram();
  if (file === undefined) return undefined;
  const architecture = normalizeArchitecture(process.arch);
  return { file, platform: defined({ os: process.platform, architecture }) };
}
