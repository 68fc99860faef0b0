/**
 * A registry of npm on the loopback of one build step, for the Node.js of the image. `npm.cjs record STORE NAME… --
 * COMMAND…` passes requests on and keeps every tarball; `npm.cjs serve STORE -- COMMAND…` answers from what was kept.
 * It sets `npm_config_registry`, runs the command, and ends with its exit code.
 */
export const npmScript = String.raw`'use strict';
const { execFileSync, spawn } = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');
const os = require('os');
const path = require('path');

const [mode, store, ...rest] = process.argv.slice(2);
const names = rest.slice(0, rest.indexOf('--'));
const command = rest.slice(rest.indexOf('--') + 1);
const indexFile = path.join(store, 'index.json');
// name → { latest, versions: { version: { manifest, file } } }
const index = fs.existsSync(indexFile) ? JSON.parse(fs.readFileSync(indexFile, 'utf8')) : {};
const isRecording = mode === 'record';

const config = (key) => {
  try {
    const value = execFileSync('npm', ['config', 'get', key], { encoding: 'utf8' }).trim();
    return value === 'null' || value === 'undefined' ? '' : value;
  } catch (error) {
    return '';
  }
};

// npm tells neither tokens nor the registries of scopes, so its files are read: KEY=VALUE, with variables.
function projectFolder() {
  for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
    if (['package.json', 'node_modules'].some((name) => fs.existsSync(path.join(folder, name)))) return folder;
    if (folder === path.dirname(folder)) return process.cwd();
  }
}
const settings = {};
const { npm_config_globalconfig: globalFile, npm_config_userconfig: userFile } = process.env;
const files = [
  globalFile || path.join(path.dirname(path.dirname(process.execPath)), 'etc', 'npmrc'),
  userFile || path.join(os.homedir(), '.npmrc'),
  path.join(projectFolder(), '.npmrc'),
];
for (const file of files) {
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (!found) continue;
    const value = found[2].replace(/^(["'])(.*)\1$/, '$2');
    settings[found[1]] = value.replace(/\$\{([^}]+)\}/g, (all, name) => process.env[name] || all);
  }
}
for (const [key, value] of Object.entries(process.env))
  if (/^npm_config_(?:\/\/|@)/.test(key)) settings[key.slice('npm_config_'.length)] = value;
const scopes = Object.keys(settings).filter((key) => /^@[^:/]+:registry$/.test(key));

// A token goes to its own host only: the setting with the longest path above the address, as for npm.
function authorization(url) {
  const { host, pathname } = new URL(url);
  for (const parts = pathname.split('/').slice(0, -1); parts.length > 0; parts.pop()) {
    const key = '//' + host + parts.join('/') + '/:';
    if (settings[key + '_authToken']) return 'Bearer ' + settings[key + '_authToken'];
    if (settings[key + '_auth']) return 'Basic ' + settings[key + '_auth'];
    if (settings[key + 'username'] && settings[key + '_password']) {
      const password = Buffer.from(settings[key + '_password'], 'base64').toString('utf8');
      return 'Basic ' + Buffer.from(settings[key + 'username'] + ':' + password).toString('base64');
    }
  }
  return undefined;
}

const withSlash = (url) => url.replace(/\/*$/, '/');
const upstream = isRecording ? withSlash(config('registry') || 'https://registry.npmjs.org/') : '';
const registryOf = (name) => {
  const scoped = settings[name.split('/')[0] + ':registry'];
  return name.startsWith('@') && scoped ? withSlash(scoped) : upstream;
};
const authorities = isRecording ? config('cafile') || process.env.NODE_EXTRA_CA_CERTS || '' : '';
const ca = authorities && fs.existsSync(authorities) ? fs.readFileSync(authorities) : undefined;

function get(url, headers, left = 5) {
  return new Promise((resolve, reject) => {
    const client = url.startsWith('https:') ? https : http;
    const token = authorization(url);
    const all = token ? { ...headers, authorization: token } : headers;
    const request = client.get(url, { headers: all, ca, timeout: 60000 }, (response) => {
      const { statusCode, headers: { location } } = response;
      if (statusCode >= 300 && statusCode < 400 && location && left > 0) {
        response.resume();
        get(new URL(location, url).href, headers, left - 1).then(resolve, reject);
        return;
      }
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: statusCode, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 60 s')));
    request.on('error', reject);
  });
}

const documents = new Map();
async function documentOf(name) {
  if (!documents.has(name)) {
    const accept = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8';
    const { status, body } = await get(registryOf(name) + name.replace('/', '%2f'), { accept });
    if (status === 401 || status === 403) throw new Error(registryOf(name) + ' refuses ' + name + ': ' + status);
    if (status !== 200) return undefined;
    documents.set(name, JSON.parse(body.toString('utf8')));
  }
  return documents.get(name);
}

// Requests of one build may come at the same time; each tarball is taken once.
const taken = new Map();
async function take(name, version) {
  const document = await documentOf(name);
  const manifest = document && document.versions && document.versions[version];
  if (!manifest) return undefined;
  const { status, body } = await get(manifest.dist.tarball, {});
  if (status !== 200) return undefined;
  check(name, version, manifest.dist, body);
  const file = name.replace('/', '+') + '-' + version + '.tgz';
  fs.writeFileSync(path.join(store, file), body);
  const known = index[name] || { versions: {} };
  const latest = (document['dist-tags'] || {}).latest;
  index[name] = { ...known, latest, versions: { ...known.versions, [version]: { manifest, file } } };
  // Another user may have written it.
  fs.writeFileSync(indexFile + '.part', JSON.stringify(index));
  fs.renameSync(indexFile + '.part', indexFile);
  return body;
}

function check(name, version, { integrity, shasum }, body) {
  const [algorithm, expected] = integrity
    ? [integrity.slice(0, integrity.indexOf('-')), integrity.slice(integrity.indexOf('-') + 1).split(' ')[0]]
    : ['sha1', Buffer.from(shasum || '', 'hex').toString('base64')];
  const found = crypto.createHash(algorithm).update(body).digest('base64');
  if (found !== expected) throw new Error(name + '@' + version + ' differs from its ' + algorithm);
}

async function tarball(name, version) {
  const kept = ((index[name] || {}).versions || {})[version];
  if (kept) return fs.readFileSync(path.join(store, path.basename(kept.file)));
  if (!isRecording) return undefined;
  const key = name + '@' + version;
  if (!taken.has(key)) taken.set(key, take(name, version));
  return taken.get(key);
}

async function listing(name, origin) {
  const document = isRecording ? await documentOf(name) : undefined;
  const known = index[name];
  if (!document && !known) return undefined;
  const versions = {};
  const all = document
    ? document.versions
    : Object.fromEntries(Object.entries(known.versions).map(([key, one]) => [key, one.manifest]));
  for (const [version, manifest] of Object.entries(all)) {
    const file = name.slice(name.indexOf('/') + 1) + '-' + version + '.tgz';
    const dist = { ...manifest.dist, tarball: origin + name + '/-/' + file };
    versions[version] = { ...manifest, dist };
  }
  const latest = document
    ? document['dist-tags'].latest
    : versions[known.latest] ? known.latest : Object.keys(versions).pop();
  const tags = document ? document['dist-tags'] : { latest };
  return JSON.stringify({ name, 'dist-tags': tags, versions });
}

// Lock files name tarballs by the paths of the registry that they were made with, which may begin with a folder:
// PATH/NAME/-/NAME-VERSION.tgz, or PATH/NAME/VERSION/DIGEST.
function tarballAt(url) {
  const usual = /(?:^|\/)((?:@[^/]+\/)?([^/@]+))\/-\/(?:@[^/]+\/)?([^/]+)\.tgz$/.exec(url);
  if (usual) return { name: usual[1], version: usual[3].slice(usual[2].length + 1) };
  const other = /(?:^|\/)((?:@[^/]+\/)?[^/@]+)\/(\d+\.\d+\.\d+[^/]*)\/[0-9a-f]{32,}$/.exec(url);
  return other ? { name: other[1], version: other[2] } : undefined;
}

// Keeps what a lock file of the spec lists for this platform.
async function takeLocked(file) {
  const { packages = {} } = JSON.parse(fs.readFileSync(file, 'utf8').replace(/^\ufeff/, ''));
  const fits = (list = [], own) =>
    list.every((one) => one[0] === '!') ? !list.includes('!' + own) : list.includes(own);
  for (const [place, one] of Object.entries(packages)) {
    const at = place.lastIndexOf('node_modules/');
    if (at === -1 || !one.version || one.link || one.inBundle || !/^https?:/.test(one.resolved || 'http:')) continue;
    if (!fits(one.os, process.platform) || !fits(one.cpu, process.arch)) continue;
    const name = one.name || place.slice(at + 'node_modules/'.length);
    const isTaken = (await tarball(name, one.version)) !== undefined;
    if (!isTaken) throw new Error('the registry does not have ' + name + '@' + one.version + ', which a lock file lists');
  }
}

// yarn 1 fetches from the addresses in its lock file, whatever the registry is. It can keep tarballs in a folder, and
// takes what is in that folder.
function yarnName(name, version) {
  return name.replace('/', '-') + '-' + version + '.tgz';
}

// Keeps what a lock file of yarn 1 lists: blocks of NAME@RANGE, … with a version.
async function takeYarnLock(file, kept) {
  for (const block of fs.readFileSync(file, 'utf8').split(/\n{2,}/)) {
    const name = /^"?((?:@[^/"\n]+\/)?[^@"\n]+)@/m.exec(block);
    const version = /^ {2}version "([^"]+)"/m.exec(block);
    // Only what this platform needs was fetched.
    if (name && version && kept.includes(yarnName(name[1], version[1]))) await tarball(name[1], version[1]);
  }
}

const server = http.createServer(async (request, response) => {
  try {
    const { port } = server.address();
    const url = decodeURIComponent(new URL(request.url, 'http://localhost').pathname).slice(1);
    const file = tarballAt(url);
    const body = file
      ? await tarball(file.name, file.version)
      : /^(?:@[^/]+\/)?[^/@]+$/.test(url)
        ? await listing(url, 'http://127.0.0.1:' + port + '/')
        : undefined;
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': file ? 'application/octet-stream' : 'application/json' });
    response.end(body === undefined ? JSON.stringify({ error: url + ' is not in the bundle' }) : body);
  } catch (error) {
    response.writeHead(502, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: error.message }));
  }
});

function run(words, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(words[0], words.slice(1), { stdio: 'inherit', ...options });
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(signal ? 1 : code));
  });
}

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bundle-npm-'));
// A step may mount a cache that has the packages already: nothing would be fetched, and nothing recorded. It may also
// mount one that cannot be written. What runs with --offline wants its cache.
const emptyCaches = command.join(' ').includes('--offline')
  ? {}
  : {
      npm_config_cache: path.join(scratch, 'npm'),
      ...(isRecording && {
        npm_config_store_dir: path.join(scratch, 'pnpm'),
        YARN_CACHE_FOLDER: path.join(scratch, 'yarn'),
      }),
    };

server.listen(0, '127.0.0.1', async () => {
  const registry = 'http://127.0.0.1:' + server.address().port + '/';
  const env = {
    ...process.env,
    npm_config_registry: registry,
    // Lock files name the registry that they were made with.
    npm_config_replace_registry_host: 'always',
    npm_config_audit: 'false',
    npm_config_update_notifier: 'false',
    npm_config_fetch_retries: '0',
    YARN_REGISTRY: registry,
    // Of yarn 2 and later.
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_TELEMETRY: '0',
    ...emptyCaches,
  };
  const yarnLock = path.join(projectFolder(), 'yarn.lock');
  const yarnFolder = path.join(scratch, 'yarn-packages');
  fs.mkdirSync(yarnFolder);
  // Later ones than 1 refuse a setting that they do not know.
  if (fs.existsSync(yarnLock) && fs.readFileSync(yarnLock, 'utf8').includes('yarn lockfile v1')) {
    env.YARN_YARN_OFFLINE_MIRROR = yarnFolder;
    for (const [name, { versions }] of isRecording ? [] : Object.entries(index))
      for (const [version, { file }] of Object.entries(versions))
        fs.symlinkSync(path.join(store, path.basename(file)), path.join(yarnFolder, yarnName(name, version)));
  }
  for (const scope of scopes) env['npm_config_' + scope] = registry;
  let code = await run(command, { env });
  if (isRecording && code === 0) {
    const kept = fs.readdirSync(yarnFolder);
    if (kept.length > 0) await takeYarnLock(yarnLock, kept);
    for (const file of fs.readdirSync(__dirname).filter((one) => /^npm-\d+\.lock$/.test(one))) {
      try {
        await takeLocked(path.join(__dirname, file));
      } catch (error) {
        console.error('bundle: ' + error.message);
        code = 1;
      }
    }
  }
  if (isRecording && code === 0 && names.length > 0) {
    const folder = path.join(scratch, 'names');
    fs.mkdirSync(folder);
    // Each by itself: two versions of one package may be named.
    for (const name of names) {
      const words = ['npm', 'install', '--no-save', '--ignore-scripts', '--no-package-lock', '--prefix', folder, name];
      code = code || (await run(words, { env, cwd: folder }));
    }
  }
  fs.rmSync(scratch, { recursive: true, force: true });
  process.exitCode = code;
  server.close();
  if (server.closeAllConnections) server.closeAllConnections();
});
`;
