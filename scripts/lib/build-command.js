// Makes one file of the command and all that it needs, packages/cli/dist/bundle.cjs: it starts in half the time of
// several hundred modules, and can be put into an executable as it is. See docs/adr/0011-one-file.md.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const dist = join(import.meta.dirname, '../../packages/cli/dist');

/** What dockerode takes in for calls that are not made here: builds from a folder, and BuildKit sessions. */
const unused = /^(@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|tar-fs)$/;

const lighter = {
  name: 'lighter',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: '' }));
    // Messages of zod in fifty languages.
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
    // Of docker-modem: only an engine at ssh:// needs it.
    onResolve({ filter: /^\.\/ssh$/ }, async ({ path, pluginData, ...where }) => {
      if (pluginData === 'itself') return undefined;
      const found = await resolve(path, { ...where, pluginData: 'itself' });
      return { path: found.path, namespace: 'when called' };
    });
    onLoad({ filter: /.*/, namespace: 'when called' }, ({ path }) => ({
      contents: `module.exports = (...args) => require(${JSON.stringify(path)})(...args);`,
      resolveDir: dist,
    }));
  },
};

const { outputFiles } = await build({
  entryPoints: [join(dist, 'main.js')],
  outfile: join(dist, 'bundle.cjs'),
  bundle: true,
  platform: 'node',
  target: 'node24',
  // A single executable takes CommonJS only.
  format: 'cjs',
  // ssh2 does without its native parts.
  external: ['*.node', 'cpu-features'],
  plugins: [lighter],
  // Names stay: they are what a stack trace of an executable has.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  logLevel: 'warning',
  write: false,
});
for (const { path, text } of outputFiles) {
  // V8 reads text of ASCII alone at half the cost. What is not, is in strings, templates and expressions: escapes mean the same there.
  const ascii = text.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  await writeFile(path, ascii);
}
