// Packs folders into an OCI image layout without Docker (pack LAYOUT REFERENCE=FOLDER…), and unpacks them (unpack
// LAYOUT FOLDER REFERENCE…).
import { execFileSync } from 'node:child_process';
import { packTar, readTar, unzstd } from '@bundle/archive';
import { createLayoutEngine } from '@bundle/engine';
import { imageArchive } from '@bundle/testkit';

const never = new AbortController().signal;
const [command, layout, ...rest] = process.argv.slice(2);
const engine = createLayoutEngine(layout);

if (command === 'pack') {
  for (const argument of rest) {
    const [reference, folder] = argument.split('=');
    const flags = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
    const layer = execFileSync('tar', [...flags, '-C', folder, '-cf', '-', '.'], {
      maxBuffer: 2 ** 30,
    });
    await engine.loadImages(
      packTar(imageArchive(reference, [layer]).archive, () => undefined),
      never,
    );
  }
} else {
  const [target, ...references] = rest;
  for (const reference of references) {
    const archive = await engine.saveImages([reference], undefined, never);
    for await (const entry of readTar(archive, never, () => undefined)) {
      const chunks = [];
      for await (const chunk of entry) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      if (bytes.length > 4 && bytes.readUInt32LE(0) === 0xfd2fb528) {
        const plain = [];
        for await (const chunk of unzstd([bytes])) plain.push(chunk);
        execFileSync('tar', ['-C', target, '-xf', '-'], { input: Buffer.concat(plain) });
      }
    }
  }
}
