// Compares the packages that the readers find in a root file system with what its package managers list.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { imagePackages, LayerReader } from '@bundle/sbom';

let differences = 0;
for (const root of process.argv.slice(2)) await check(root);
process.exitCode = differences > 0 ? 1 : 0;

function say(line) {
  process.stdout.write(`${line}\n`);
}

async function check(root) {
  const started = performance.now();
  const reader = new LayerReader();
  let bytes = 0;
  const options = ['--one-file-system', '--ignore-failed-read', '--warning=no-file-changed'];
  const skipped = ['--exclude=./proc', '--exclude=./sys', '--exclude=./tmp', '--exclude=./work'];
  const tar = spawn('tar', ['-C', root, ...options, ...skipped, '-cf', '-', '.'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const chunk of tar.stdout) {
    bytes += chunk.length;
    reader.push(chunk);
  }
  const image = imagePackages({ reference: root, imageId: 'sha256:0' }, [reader.end()]);
  const seconds = (performance.now() - started) / 1000;
  say(
    `${root}: ${image.packages.length} packages, ${(bytes / 1e6).toFixed()} MB in ${seconds.toFixed(1)} s`,
  );
  for (const { path, problem } of image.problems.slice(0, 10))
    say(`  problem: ${path ?? ''} ${problem}`);
  const of = (type) => image.packages.filter((one) => one.type === type);
  const has = (...places) => places.some((place) => existsSync(join(root, place)));

  if (has('var/lib/dpkg/status')) {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills it in
    const format = '${db:Status-Status} ${Package} ${Version} ${Architecture}\n';
    const states = /^(installed|unpacked|half-configured|triggers-\w+) /;
    const said = run(root, 'dpkg-query', [
      [`--admindir=${join(root, 'var/lib/dpkg')}`],
      ['-W', `-f=${format}`],
    ]);
    compare(
      'dpkg-query -W',
      said &&
        lines(said)
          .filter((line) => states.test(line))
          .map((line) => line.replace(states, '')),
      of('deb').map(({ name, version, architecture }) => `${name} ${version} ${architecture}`),
    );
  }
  if (has('lib/apk/db/installed', 'usr/lib/apk/db/installed')) {
    const said = run(root, 'apk', [
      ['--root', root],
      ['info', '-v'],
    ]);
    compare(
      'apk info -v',
      said && lines(said),
      of('apk').map(({ name, version }) => `${name}-${version}`),
    );
  }
  if (has('var/lib/rpm', 'usr/lib/sysimage/rpm') && of('rpm').length > 0) {
    const format = '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE} %{ARCH}\n';
    const backend = has('var/lib/rpm/Packages') ? ['--define', '_db_backend bdb_ro'] : [];
    const said = run(root, 'rpm', [
      ['--root', root],
      ['--define', '_dbpath /var/lib/rpm', ...backend, '-qa', '--qf', format],
    ]);
    compare(
      'rpm -qa',
      said && lines(said).filter((line) => !line.startsWith('gpg-pubkey ')),
      of('rpm').map((one) => `${one.name} ${one.epoch ?? 0}:${one.version} ${one.architecture}`),
    );
  }
  checkNpm(root, of('npm'));
  checkPython(root, of('pypi'));
  checkGo(root, of('golang'));
}

/** Asks npm in every folder that has `node_modules` and belongs to nobody else's. */
function checkNpm(root, packages) {
  const folders = new Map();
  for (const one of packages) {
    // A package may carry others in a folder of its own, of which npm speaks only when asked there.
    const folder = one.path.replace(
      /(?:node_modules\/(?:\.pnpm\/[^/]+\/|(?:@[^/]+\/)?[^/]+\/))+package\.json$/,
      '',
    );
    folders.set(folder, [...(folders.get(folder) ?? []), `${one.name} ${one.version ?? ''}`]);
  }
  for (const [folder, found] of folders) {
    const isGlobal = folder.endsWith('lib/');
    const args = isGlobal
      ? ['ls', '-g', '--prefix', join(root, folder, '..'), '--all', '--json', '--long=false']
      : ['ls', '--all', '--json'];
    const { stdout } = spawnSync('npm', args, {
      cwd: isGlobal ? '/' : join(root, folder),
      maxBuffer: 2 ** 30,
      encoding: 'utf8',
    });
    const said = [];
    const walk = (tree, name) => {
      for (const [key, one] of Object.entries(tree?.dependencies ?? {})) {
        if (one.version !== undefined) said.push(`${one.name ?? key} ${one.version}`);
        walk(one, `${name}/${key}`);
      }
    };
    try {
      walk(JSON.parse(stdout), '');
    } catch {
      notCompared(`npm ls --all in /${folder}`);
      continue;
    }
    // A package that several others need is in the tree of npm once for each, and on the disk once.
    compare(`npm ls --all in /${folder}`, [...new Set(said)], [...new Set(found)]);
  }
}

/** Asks pip for each folder of distributions. */
function checkPython(root, packages) {
  const folders = new Map();
  for (const one of packages) {
    const folder = one.path.replace(
      /[^/]+\.(dist-info\/METADATA|egg-info\/PKG-INFO|egg\/EGG-INFO\/PKG-INFO|egg-info)$/,
      '',
    );
    folders.set(folder, [...(folders.get(folder) ?? []), `${one.name} ${one.version}`]);
  }
  for (const [folder, found] of folders) {
    const { stdout } = spawnSync(
      'python3',
      [
        '-m',
        'pip',
        'list',
        '--disable-pip-version-check',
        '--path',
        join(root, folder),
        '--format=json',
      ],
      { encoding: 'utf8', maxBuffer: 2 ** 28 },
    );
    try {
      compare(
        `pip list of /${folder}`,
        JSON.parse(stdout).map(({ name, version }) => `${name} ${version}`),
        [...new Set(found)],
      );
    } catch {
      notCompared(`pip list of /${folder}`);
    }
  }
}

/** Asks Go for the modules of each program. */
function checkGo(root, packages) {
  const programs = new Map();
  for (const one of packages) {
    programs.set(one.path, [...(programs.get(one.path) ?? []), `${one.name} ${one.version ?? ''}`]);
  }
  const [said, found] = [[], []];
  if (spawnSync('go', ['version']).error !== undefined) {
    if (programs.size > 0) notCompared(`go version -m of ${programs.size} programs`);
    return;
  }
  let compared = 0;
  for (const [path, modules] of programs) {
    const { stdout, status } = spawnSync('go', ['version', '-m', join(root, path)], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) {
      notCompared(`go version -m of /${path}`);
      continue;
    }
    compared += 1;
    const listed = [];
    for (const line of stdout.split('\n')) {
      const [, kind, name, stated = ''] = line.split('\t');
      const version = stated === '(devel)' ? '' : stated;
      if (kind === 'mod' || kind === 'dep') listed.push(`${name} ${version}`);
      if (kind === '=>') listed.splice(-1, 1, `${name} ${version}`);
    }
    const [, version] = /: go(\S+)/.exec(stdout) ?? [];
    said.push(...[...new Set([...listed, `stdlib ${version}`])].map((one) => `${path} ${one}`));
    found.push(...new Set(modules.map((one) => `${path} ${one}`)));
  }
  if (compared > 0) compare(`go version -m of ${compared} programs`, said, found);
}

/** Runs a package manager in the root if it has it, else this machine's on the root. */
function run(root, program, [outside, args]) {
  const isInside = ['usr/bin', 'bin', 'sbin'].some((place) =>
    existsSync(join(root, place, program)),
  );
  const [command, ...rest] = isInside
    ? ['chroot', root, program, ...args]
    : [program, ...outside, ...args];
  const { stdout, status, error } = spawnSync(command, rest, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error === undefined && status === 0) return stdout;
  notCompared(program);
  return undefined;
}

/** Says that a package manager is not here or fails. That is not a difference. */
function notCompared(what) {
  say(`  ${what}: no answer, NOT COMPARED`);
}

function lines(text) {
  return text.split('\n').filter((line) => line !== '');
}

function compare(what, said, found) {
  if (said === undefined) return;
  const [a, b] = [said.toSorted(), found.toSorted()];
  const missing = a.filter((one) => !b.includes(one));
  const extra = b.filter((one) => !a.includes(one));
  const isEqual = missing.length === 0 && extra.length === 0 && a.length === b.length;
  if (!isEqual) differences += 1;
  say(`  ${what}: ${a.length} there, ${b.length} here: ${isEqual ? 'equal' : 'DIFFERENT'}`);
  for (const one of missing.slice(0, 10)) say(`    only there: ${one}`);
  for (const one of extra.slice(0, 10)) say(`    only here: ${one}`);
}
