import { spawn } from 'node:child_process';
import { cp, glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cosignPath, outputOf, startTestRegistry, type TestRegistry } from '@bundle/testkit';
import { bundleArguments, commandsIn, wordsOf } from './commands.ts';
import { environmentIn, makeWorkplace } from './workplace.ts';

// The commands of all documents, as they are printed: each block in order, in its own copy of an example application.
// A folder in OCI image layout takes the place of an engine, so what starts containers is tested elsewhere.

const root = join(import.meta.dirname, '../../../..');

/** Commands that other tests run, because they need more than a folder. */
const elsewhere: readonly (readonly [RegExp, string])[] = [
  [/\bbundle (?:up|status|logs|rollback|service|prune|uninstall|deploy)\b|--up\b/, 'containers'],
  [/\bbundle (?:rebuild|doctor|source)\b/, 'builds'],
  [/\bbundle preflight\b/, 'an engine to check'],
  [/\bbundle serve\b/, 'a server that goes on'],
  [/\bbundle (?:keygen(?!.*--no-passphrase)|settings .*--env-file)/, 'a passphrase on a terminal'],
  [/id_ed25519_sk/, 'a FIDO key'],
  [/age1…/, 'a key of age'],
  [/--from registry|--pull always|--docker-host/, 'a registry, or an engine'],
  [/-f compose\.yml -f/, 'Compose'],
  [
    /^(?:sudo )?(?:docker|systemctl|usermod|kubectl|podman|npm|dpkg|ss|df|git)\b/,
    'another program',
  ],
  [/\| (?:docker|ctr)\b|npm root/, 'another program'],
  ...(cosignPath === undefined ? [[/\bcosign\b|\.sigstore\.json/, 'cosign'] as const] : []),
  [/\bscripts\/|\/tmp\/|fixtures\//, 'this checkout'],
  [/runtime\/bundle\b|install\.sh|bundle-linux/, 'the executable'],
];

/** What a block with such a command needs: what its document has told to do before, and how its commands end. */
interface Need {
  readonly command: RegExp;
  readonly before?: string;
  /** Commands that end in another way than with 0, as the document says. */
  readonly endings?: readonly (readonly [RegExp, number])[];
}

const needs: readonly Need[] = [
  {
    command: /bundle trust (?:require|revoke)/,
    before: `bundle trust add release-key.pub --name me@example.com
bundle trust add host.pub --name you@example.com`,
  },
  {
    command: /parts\.json/,
    before: `rm media/stick/shop.tar
bundle export --split 64KiB -o media/stick/shop.tar
mkdir media/original
cp media/stick/shop.tar.* home
cp media/stick/shop.tar.* media/original
cp media/stick/shop.tar.* .`,
  },
  {
    command: /receipts receipts|web-1\.receipt\.sig/,
    before: `bundle import shop.tar --yes
bundle receipt -o web-1.receipt --sign home/.ssh/id_ed25519
mkdir receipts
cp web-1.receipt* receipts`,
  },
  {
    command: /bundle inventory|var\/lib -czf/,
    before: 'mkdir -p backup && bundle import shop-1.0.tar --yes',
  },
  {
    command: /shop\/current/,
    before: `sed -i 's/^  backend:/&\\n    env_file: [web.env]/' docker-compose.yml
bundle export -o with-env.tar && bundle import with-env.tar --yes`,
  },
  {
    command: /^bundle verify .*--allowed-signers allowed_signers/,
    before: 'bundle sign shop.tar --key release-key',
  },
  { command: /k3s\/agent/, before: 'mkdir -p var/lib/rancher/k3s/agent/images' },
  {
    command: /SHA256SUMS/,
    before: `sha256sum shop.tar >SHA256SUMS
cp release-key.pub release.pub
ssh-keygen -q -Y sign -f release-key -n file SHA256SUMS`,
  },
  {
    command: /--sequence 42/,
    before: `rm shop-1.4.tar
bundle export --channel stable --sequence 41 --release-version 1.4 -o shop-1.4.tar
bundle export --channel stable --sequence 42 -o new.tar
bundle import new.tar --yes`,
    endings: [[/^bundle import shop-1\.4\.tar$/, 96]],
  },
  {
    command: /^bundle import shop-1\.1\.tar$/,
    before: `rm shop-1.1.tar
bundle export --since shop-1.0.tar -o shop-1.1.tar
rm -r images`,
    endings: [[/^bundle import/, 70]],
  },
  {
    command: /--allow-secret/,
    before: 'printf "x-token: ghp_%s\\n" k3Jd92LqPz7XvB1mNwR5tYc8HfGs4Ua6EoKi >>docker-compose.yml',
    endings: [[/^bundle export(?! --allow-secret docker)/, 15]],
  },
  {
    command: /bundle\.json\.sigstore\.json/,
    before: `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out release.pem
openssl pkey -in release.pem -pubout -out release.pub
bundle sign shop.tar --sigstore-key release.pem`,
  },
  { command: /cosign\.key/, before: 'cosign generate-key-pair' },
  { command: /(?:docker|oci)-archive:images\.tar/, before: 'bundle images shop.tar -o images.tar' },
  { command: /^bundle export compose\.yml/, before: 'cp deploy/compose.yml .' },
  {
    command: /bingfang\.bundle\.yaml/,
    before: 'printf "schemaVersion: 1\\ncompose: docker-compose.yml\\n" >bingfang.bundle.yaml',
  },
];

/** Commands that are typed in the folder of an unpacked bundle. */
const inBundle = /^ssh-keygen -Y (?:verify .*bundle\.json|sign)/;

/** Programs that may be run here: they change nothing outside the folder of their block. */
const known =
  /^(?:(?:sudo|exec) |[A-Z_]+=\S* )*(?:bundle|cat|cd|cosign|cp|echo|export|openssl|sha256sum|ssh-keygen|tar|uname) /;

interface Ran {
  readonly text: string;
  readonly code: number;
  readonly output: string;
}

let work: string;
let registry: TestRegistry;
let identity: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'documents-'));
  registry = await startTestRegistry();
  identity = await makeWorkplace(work);
});
afterAll(async () => {
  await registry.close();
  await rm(work, { recursive: true, force: true });
});

function isElsewhere(text: string): boolean {
  return elsewhere.some(([pattern]) => pattern.test(text));
}

function needsOf(texts: readonly string[]): Need[] {
  return needs.filter(({ command }) => texts.some((text) => command.test(text)));
}

/** Leads a command to the folder of its block: other folders, registries and identities are not there. */
function adapted(text: string, folder: string): string {
  return text
    .replaceAll(/(?<=[\s=])\/(?=(?:media|var|srv|backup)\/)/g, `${folder}/`)
    .replaceAll('registry.example', registry.host)
    .replaceAll('sha256:…', identity)
    .replaceAll(/(?<= )KEY(?= |$)/g, `${folder}/release-key`)
    .replace(/^exec /, '')
    .replaceAll(/ …(?=\s|$)/g, '');
}

/** Runs the commands of a block in one shell; a command that fails does not keep the next ones from running. */
async function runBlock(texts: readonly string[], folder: string): Promise<Ran[]> {
  await cp(join(work, 'shop-source'), folder, { recursive: true });
  const script = texts.map((text, index) => {
    const words = wordsOf(text);
    // Each is typed where its output is not there yet.
    const output = words.includes('-o') ? words[words.indexOf('-o') + 1] : 'shop.bundle';
    const target = words.includes('keygen') ? words[2] : output;
    const isOurs = target?.startsWith('/') === false || target?.startsWith(folder) === true;
    const clear = isOurs ? `rm -rf "${target}" "${target}".p*; ` : '';
    const place = inBundle.test(text) ? 'cd shop; ' : '';
    return `${place}${clear}{ ${text}\n} >"${folder}/out.${index}" 2>&1 </dev/null; echo $? >"${folder}/code.${index}"; true`;
  });
  const env = environmentIn(folder);
  const before = needsOf(texts).flatMap(({ before: commands = '' }) => commands);
  const lines = ['set -e', ...before, 'set +e', ...script];
  const shell = spawn('bash', ['-c', lines.join('\n')], { cwd: folder, env, timeout: 240_000 });
  const { code: end, stdout, stderr } = await outputOf(shell);
  if (end !== 0) throw new Error(`preparing ${texts.join('; ')}: ${stdout}${stderr}`);
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  return Promise.all(
    texts.map(async (text, index) => ({
      text,
      code: Number(await read(`code.${index}`)),
      output: `${await read(`out.${index}`)}${stderr}`,
    })),
  );
}

const documents: string[] = [];
for await (const file of glob(['*.md', 'docs/*.md', 'docs/zh/*.md'], { cwd: root }))
  documents.push(file);

/** What came of each block, by its commands: documents in two languages have the same ones. */
const blocks = new Map<string, Promise<string[]>>();

function problemsOf(texts: readonly string[]): Promise<string[]> {
  const key = texts.join('\n');
  const found = blocks.get(key) ?? checkBlock(texts);
  blocks.set(key, found);
  return found;
}

async function checkBlock(texts: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(work, 'block-'));
  const endings = needsOf(texts).flatMap((one) => one.endings ?? []);
  const ran = await runBlock(
    texts.map((text) => adapted(text, folder)),
    folder,
  );
  await rm(folder, { recursive: true });
  return ran.flatMap(({ text, code, output }) => {
    const expected = endings.find(([pattern]) => pattern.test(text))?.[1] ?? 0;
    return code === expected ? [] : [`${text}: ${code}\n${output}`];
  });
}

test.each(documents)(
  'the commands of %s work as they are printed',
  async (file) => {
    const typed = commandsIn(await readFile(join(root, file), 'utf8'));
    const wrong: string[] = [];
    for (const block of new Set(typed.map((one) => one.block))) {
      const own = typed.filter((one) => one.block === block && !isElsewhere(one.text));
      const unknown = own.filter(({ text }) => !known.test(text));
      wrong.push(...unknown.map(({ text }) => `${text}: neither known here nor tested elsewhere`));
      if (own.length > 0 && unknown.length === 0)
        wrong.push(...(await problemsOf(own.map(({ text }) => text))));
    }
    expect(wrong).toEqual([]);
  },
  600_000,
);

test('a hundred commands of bundle are run here', async () => {
  let run = 0;
  for (const file of documents)
    for (const { text } of commandsIn(await readFile(join(root, file), 'utf8')))
      if (bundleArguments(text).length > 0 && !isElsewhere(text)) run += 1;
  expect(run).toBeGreaterThan(100);
});
