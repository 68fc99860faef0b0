// Measures export from a registry and push into one, against skopeo and docker pull.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { comparePlans, printRows, publishRows, readOptions } from './benchmark-rows.js';
import { measure, on, root, say, watch } from './benchmark-tools.js';

const options = readOptions({ registry: { type: 'string' } });
const { source, size, registry: program } = options;
const work = join(options.work, `registry-${size}`);
const bundle = join(root, 'scripts/bundle');
const host = '127.0.0.1:15082';
const layout = join(work, 'layout');
const data = join(work, 'data');
const numbers = [0, 1, 2, 3, 4];
/** Stored bytes of the layers, as shares of all of them: two bases, of which every image has one, and its own. */
const shares = { base: [0.15, 0.05], own: [0.09, 0.03] };

mkdirSync(work, { recursive: true });
if (!existsSync(join(layout, 'index.json'))) await makeLayout();
writeFileSync(
  join(work, 'registry.yml'),
  JSON.stringify({
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: data } },
    http: { addr: host },
  }),
);
const composeOf = (name) => {
  const services = numbers.map((n) => `s${n}: { image: "${name(n)}" }`).join(', ');
  return `name: benchmark\nservices: { ${services} }\n`;
};
writeFileSync(
  join(work, 'layout.yml'),
  composeOf((n) => `bench/image${n}:1.0`),
);
writeFileSync(
  join(work, 'compose.yml'),
  composeOf((n) => `${host}/bench/image${n}:1.0`),
);
const whole = '--no-runtime --no-cache --no-progress --force';
const packed = join(work, 'packed.tar');
measure(source, `${bundle} export ${work}/layout.yml --from oci:${layout} -o ${packed} ${whole}`);

/** Five images, one after the other, as skopeo copies them. */
const skopeo = (from, to) =>
  numbers.map((n) => `skopeo copy -q --insecure-policy ${from(n)} ${to(n)}`).join(' && ');
const toRegistry = skopeo(
  (n) => `oci:${layout}:bench/image${n}:1.0`,
  (n) => `--dest-tls-verify=false docker://${host}/bench/image${n}:1.0`,
);
const fromRegistry = skopeo(
  (n) => `--src-tls-verify=false docker://${host}/bench/image${n}:1.0`,
  (n) => `oci:${work}/copied:image${n}`,
);
const references = numbers.map((n) => `${host}/bench/image${n}:1.0`);
const exported = `${bundle} export ${work}/compose.yml -o ${work}/exported.tar ${whole}`;
const pushed = `${bundle} push ${packed} ${host} --no-progress`;

let running;
const stop = () => {
  if (running !== undefined) process.kill(running, 'SIGKILL');
  running = undefined;
};
/** Starts the registry with these images in it, and nothing else. */
function start(images) {
  stop();
  rmSync(data, { recursive: true, force: true });
  const serve = `'${program}' serve '${work}/registry.yml' >/dev/null 2>&1 & echo $!`;
  running = Number(execFileSync('bash', ['-c', serve], { encoding: 'utf8' }));
  const isUp = `until (exec 3<>/dev/tcp/${host.replace(':', '/')}) 2>/dev/null; do sleep 0.05; done`;
  execFileSync('bash', ['-c', isUp]);
  for (const n of images) {
    const to = `--dest-tls-verify=false docker://${host}/bench/image${n}:1.0`;
    measure(source, `skopeo copy -q --insecure-policy oci:${layout}:bench/image${n}:1.0 ${to}`);
  }
}
const clean = () => {
  for (const name of ['exported.tar', 'copied']) {
    rmSync(join(work, name), { recursive: true, force: true });
  }
};

const plans = [
  {
    name: 'registry: export',
    bound: 0.7,
    beforeAll: () => start(numbers),
    before: clean,
    ours: { engine: source, script: `${exported} --from registry` },
    theirs: {
      'skopeo copy to an OCI layout': { engine: source, script: fromRegistry },
    },
  },
  {
    name: 'registry: export, against the engine',
    bound: 0.4,
    beforeAll: () => start(numbers),
    before() {
      clean();
      on(source, 'sh', '-c', `docker rmi -f ${references.join(' ')} >/dev/null 2>&1; true`);
    },
    ours: { engine: source, script: `${exported} --from registry` },
    theirs: {
      'docker pull, then bundle export': {
        engine: source,
        script: `for i in ${references.join(' ')}; do docker pull -q $i || exit 1; done && ${exported}`,
      },
    },
  },
  ...[
    ['an empty registry', [], 0.7],
    ['a half-filled registry', [0, 1], 0.7],
    ['a full registry', numbers, 0.3],
  ].map(([what, images, bound]) => ({
    name: `registry: push into ${what}`,
    bound,
    before: () => start(images),
    ours: { engine: source, script: pushed },
    theirs: { 'skopeo copy from an OCI layout': { engine: source, script: toRegistry } },
  })),
];

let peaks;
let rows;
try {
  rows = comparePlans(plans, options);
  say('Measuring peak memory…');
  clean();
  start(numbers);
  const peakOfExport = watch(source, plans[0].ours.script, []).megabytes;
  start([]);
  peaks = { export: peakOfExport, push: watch(source, pushed, []).megabytes };
} finally {
  stop();
  clean();
  rmSync(data, { recursive: true, force: true });
}
printRows(
  options,
  rows,
  `Peak memory: export ${peaks.export} MB, push ${peaks.push} MB (bound 250).`,
);
publishRows(options, [...rows, { what: 'registry: peak memory', ...peaks }]);

/** Makes five images of files of this machine that share their lower layers, as an OCI image layout. */
async function makeLayout() {
  say(`Making ${size} MB of layers…`);
  rmSync(layout, { recursive: true, force: true });
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const find = ['/usr', '-xdev', '-type', 'f', '-size', '-4M', '-printf', '%s %p\n'];
  const files = execFileSync('find', find, { encoding: 'utf8', maxBuffer: 2 ** 28 })
    .trim()
    .split('\n')
    .map((line) => line.split(/ (.*)/s))
    .map(([bytes, path]) => ({ bytes: Number(bytes), path }));
  let next = 0;
  const layerOf = async (name, share) => {
    // Files of a system are compressed to about 0.4 of their size.
    const list = [];
    for (let left = (share * size * 1e6) / 0.4; left > 0; next += 1) {
      const { bytes, path } = files[next % files.length];
      list.push(path);
      left -= bytes;
    }
    writeFileSync(join(work, 'list'), list.join('\n'));
    const tar = `tar -C / --transform 's,^,${name}/,' -cPf - -T ${work}/list`;
    const [diffId] = execFileSync(
      'bash',
      [
        '-c',
        `${tar} | tee >(sha256sum >${work}/diff-id) | gzip -1n >${work}/layer; sleep 0.2; cat ${work}/diff-id`,
      ],
      { encoding: 'utf8' },
    ).split(' ');
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(work, 'layer'))) hash.update(chunk);
    const hex = hash.digest('hex');
    const bytes = statSync(join(work, 'layer')).size;
    renameSync(join(work, 'layer'), join(layout, 'blobs/sha256', hex));
    const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
    return {
      diffId: `sha256:${diffId}`,
      descriptor: { mediaType, digest: `sha256:${hex}`, size: bytes },
    };
  };
  const put = (mediaType, document) => {
    const bytes = Buffer.from(JSON.stringify(document));
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(layout, 'blobs/sha256', hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const bases = [];
  for (const n of [0, 1]) {
    bases.push([]);
    for (const share of shares.base) bases[n].push(await layerOf(`base${n}-${share}`, share));
  }
  const manifests = [];
  for (const n of numbers) {
    const layers = [...bases[n % 2]];
    for (const share of shares.own) layers.push(await layerOf(`own${n}-${share}`, share));
    const config = put('application/vnd.oci.image.config.v1+json', {
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      created: '2026-01-01T00:00:00Z',
      config: { Cmd: ['/none'], Labels: { number: String(n) } },
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    });
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const descriptors = layers.map(({ descriptor }) => descriptor);
    const top = put(mediaType, { schemaVersion: 2, mediaType, config, layers: descriptors });
    const name = `bench/image${n}:1.0`;
    manifests.push({ ...top, annotations: { 'org.opencontainers.image.ref.name': name } });
  }
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}
