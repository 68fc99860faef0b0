// Makes of the sources what runs, packages/cli/dist/command: a few files for each subcommand, which loads no others.
// See docs/adr/0011-files-of-the-command.md.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { noticesName, thirdPartyNotices } from './notices.js';

const packages = join(import.meta.dirname, '../../packages');
const dist = join(packages, 'cli/dist');

/** What dockerode takes in for calls that are not made here: builds from a folder, and BuildKit sessions. */
const unused = /^(@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|tar-fs)$/;

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
    // Of commander: for subcommands that are programs of their own.
    if (id === 'node:child_process' && importer?.includes('/commander/')) return '\0unused';
    // Of docker-modem: an SSH client of its own, which checks no host key. Here the host's ssh is run instead.
    if (id === './ssh' && importer?.endsWith('/docker-modem/lib/modem.js')) return '\0unused';
    // Of docker-modem: only an engine at https:// or tcp:// with certificates needs it.
    if (id === 'https' && importer?.endsWith('/docker-modem/lib/http.js')) {
      return '\0https when called';
    }
    // Sources, so that a stack trace leads to them. Only what is used of a library's index is taken in.
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
    // Messages of zod in fifty languages.
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
  // What the source maps' paths are relative to.
  dir: join(dist, 'command'),
  // An executable can load nothing else.
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
  // Names stay: they are what a stack trace of an executable has.
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  sourcemap: true,
});
await program.close();

// A command that runs meanwhile finds its files until the last moment.
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

/** V8 reads text of ASCII alone at half the cost. What is not, is in strings, templates and expressions: escapes mean the same there. */
function ascii(text) {
  return text.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
