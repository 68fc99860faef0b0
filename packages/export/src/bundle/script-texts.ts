import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// Beside this file in the sources, and found from the build as well. scripts/lib/build-command.js puts the texts
// themselves in the place of this file, as an executable has no files to read.
const folder = join(import.meta.dirname, '../../src/bundle/scripts');

export const installSh: string = readFileSync(join(folder, 'install.sh'), 'utf8');
export const rebuildSh: string = readFileSync(join(folder, 'rebuild.sh'), 'utf8');
