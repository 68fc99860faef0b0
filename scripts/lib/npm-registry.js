// Serves packages to npm, as a registry does: node npm-registry.js FILE.tgz… prints its address.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';

const archives = new Map(process.argv.slice(2).map((file) => [basename(file), file]));
const packages = new Map();
for (const [name, file] of archives) {
  const manifest = JSON.parse(execFileSync('tar', ['-xzOf', file, 'package/package.json']));
  const integrity = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  packages.set(manifest.name, { manifest, archive: name, integrity });
}

const server = createServer((request, response) => {
  const name = basename(request.url ?? '');
  const { manifest, archive, integrity } = packages.get(name) ?? {};
  if (archives.has(name)) {
    response.end(readFileSync(archives.get(name)));
  } else if (manifest !== undefined) {
    const tarball = `http://${request.headers.host}/${archive}`;
    const { version } = manifest;
    const versions = { [version]: { ...manifest, dist: { tarball, integrity } } };
    response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }));
  } else {
    response.writeHead(404).end();
  }
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
