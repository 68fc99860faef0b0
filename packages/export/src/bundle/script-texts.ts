import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// The path works from the sources and from the build. scripts/lib/build-command.js replaces this file with the texts
// themselves, because an executable has no files to read.
const folder = join(import.meta.dirname, '../../src/bundle/scripts');

export const languageSh: string = readFileSync(join(folder, 'language.sh'), 'utf8');
export const installSh: string = readFileSync(join(folder, 'install.sh'), 'utf8');
export const rebuildSh: string = readFileSync(join(folder, 'rebuild.sh'), 'utf8');
