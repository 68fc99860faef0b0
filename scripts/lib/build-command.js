// Bundles the sources into packages/cli/dist/command: a few files for each subcommand, which loads no others.
// See docs/adr/0011-files-of-the-command.md.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { noticesName, thirdPartyNotices } from './notices.js';

const packages = join(import.meta.dirname, '../../packages');
const dist = join(packages, 'cli/dist');

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
  return `export const installSh = ${await text('install.sh')};
export const rebuildSh = ${await text('rebuild.sh')};
`;
}

const lighter = {
  name: 'lighter',
  resolveId(id, importer) {
    if (unused.test(id)) return '\0unused';
    // Used by commander for subcommands that are separate programs.
    if (id === 'node:child_process' && importer?.includes('/commander/')) return '\0unused';
    // SSH client of docker-modem, which does not check host keys. The command runs the host's ssh instead.
    if (id === './ssh' && importer?.endsWith('/docker-modem/lib/modem.js')) return '\0unused';
    // Used by docker-modem only for an engine at https://, or tcp:// with certificates.
    if (id === 'https' && importer?.endsWith('/docker-modem/lib/http.js')) {
      return '\0https when called';
    }
    // Bundle the sources, so that stack traces point to them, and only the used parts of a library's index.
    const [, name, entry = 'index'] = /^@bundle\/([a-z]+)(?:\/([a-z-]+))?$/.exec(id) ?? [];
    if (name === undefined) return null;
    return { id: join(packages, name, 'src', `${entry}.ts`), moduleSideEffects: false };
  },
  async load(id) {
    if (id === scriptTexts) return scriptModule();
    if (id === '\0unused') return 'export default {};';
    if (id === '\0https when called') {
      return "exports.request = (...args) => require('node:https').request(...args);";
    }
    // zod's messages in fifty languages.
    if (id.endsWith('/zod/v4/locales/index.js')) return "export { default as en } from './en.js';";
    return null;
  },
};

const program = await rolldown({
  input: { bundle: join(packages, 'cli/src/main.ts') },
  platform: 'node',
  plugins: [lighter],
});
const { output } = await program.generate({
  // Paths in source maps are relative to this.
  dir: join(dist, 'command'),
  // An executable can load nothing else.
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
  // Keep names, because stack traces of an executable show them.
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  sourcemap: true,
});
await program.close();

// A running command can find its files until the last moment.
const made = join(dist, 'command.new');
await rm(made, { recursive: true, force: true });
await mkdir(made, { recursive: true });
for (const { fileName, code, source } of output) {
  await writeFile(join(made, fileName), code === undefined ? source : ascii(code));
}
const moduleIds = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
await writeFile(join(made, noticesName), thirdPartyNotices(moduleIds));
await rm(join(dist, 'command'), { recursive: true, force: true });
await rename(made, join(dist, 'command'));

/**
 * Escapes characters outside ASCII: V8 reads pure ASCII at half the cost. They occur in strings, templates and regular
 * expressions, where an escape has the same meaning.
 */
function ascii(text) {
  return text.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
