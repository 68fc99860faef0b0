// Bundles the sources into packages/cli/dist/command, or another folder: a few files for each subcommand, which loads no
// others. See docs/adr/0011-files-of-the-command.md.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { ascii, lighter } from './bundling.js';
import { noticesName, thirdPartyNotices } from './notices.js';

const packages = join(import.meta.dirname, '../../packages');
const dist = join(packages, 'cli/dist');
const folder = resolve(process.argv[2] ?? join(dist, 'command'));

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
  // The loader of the files has no other way to load a module.
  dynamicImportInCjs: false,
  // Keep names, because stack traces of an executable show them.
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
  sourcemap: true,
});
await program.close();

// A running command can find its files until the last moment.
const made = `${folder}.new`;
await rm(made, { recursive: true, force: true });
await mkdir(made, { recursive: true });
for (const { fileName, code, source } of output) {
  await writeFile(join(made, fileName), code === undefined ? source : ascii(code));
}
const moduleIds = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
await writeFile(join(made, noticesName), thirdPartyNotices(moduleIds));
await rm(folder, { recursive: true, force: true });
await rename(made, folder);
// Compiled code of files that are no more.
await rm(join(folder, '../compile-cache'), { recursive: true, force: true });
