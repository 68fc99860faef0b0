// What the bundler does to the sources of the command and of the API.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const packages = join(import.meta.dirname, '../../packages');

/**
 * Dependencies of dockerode for calls that are not used: builds from a folder, and BuildKit sessions. Those of CycloneDX's
 * library for XML.
 */
const unused = /^(@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|tar-fs|xmlbuilder2|libxmljs2)$/;

/** The scripts that bundles carry, each as a string. */
const scriptTexts = join(packages, 'export/src/bundle/script-texts.ts');
async function scriptModule() {
  const text = async (name) =>
    JSON.stringify(await readFile(join(scriptTexts, '../scripts', name), 'utf8'));
  return `export const languageSh = ${await text('language.sh')};
export const installSh = ${await text('install.sh')};
export const rebuildSh = ${await text('rebuild.sh')};
`;
}

/** Plugin that bundles this project's sources, and leaves out parts of libraries that it does not call. */
export const lighter = {
  name: 'lighter',
  resolveId(id, importer) {
    if (unused.test(id)) return '\0unused';
    // Used by commander for subcommands that are separate programs.
    if (id === 'node:child_process' && importer?.includes('/commander/')) return '\0unused';
    // SSH client of docker-modem, which does not check host keys. The command runs the host's ssh instead.
    if (id === './ssh' && importer?.endsWith('/docker-modem/lib/modem.js')) return '\0unused';
    // Used by dockerode only for builds from a folder.
    if (/^(zlib|@balena\/dockerignore)$/.test(id) && importer?.endsWith('/dockerode/lib/util.js')) {
      return '\0unused';
    }
    // Used by docker-modem only for an engine at https://, or tcp:// with certificates.
    if (id === 'https' && importer?.endsWith('/docker-modem/lib/http.js')) {
      return '\0https when called';
    }
    // docker-modem's log for its authors, with all of the module's colours.
    if (id === 'debug' && importer?.includes('/docker-modem/')) return '\0log of nothing';
    // A copy of Node.js's own module that docker-modem brings along: loading it took as long as the rest of the client.
    if (id === 'readable-stream' && importer?.endsWith('/docker-modem/lib/http_duplex.js')) {
      return '\0stream of Node.js';
    }
    // Bundle the sources, so that stack traces point to them, and only the used parts of a library's index.
    const [, name, entry = 'index'] = /^@bundle\/([a-z]+)(?:\/([a-z-]+))?$/.exec(id) ?? [];
    if (name === undefined) return null;
    return { id: join(packages, name, 'src', `${entry}.ts`), moduleSideEffects: false };
  },
  async load(id) {
    if (id === scriptTexts) return scriptModule();
    if (id === '\0unused') return 'export default {};';
    if (id === '\0log of nothing') return 'module.exports = () => () => undefined;';
    if (id === '\0stream of Node.js') return "module.exports = require('node:stream');";
    if (id === '\0https when called') {
      return "exports.request = (...args) => require('node:https').request(...args);";
    }
    // zod's messages in fifty languages.
    if (id.endsWith('/zod/v4/locales/index.js')) return "export { default as en } from './en.js';";
    return null;
  },
};

/**
 * Escapes characters outside ASCII: V8 reads pure ASCII at half the cost. They occur in strings, templates and regular
 * expressions, where an escape has the same meaning.
 */
export function ascii(text) {
  return text.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
