import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DescribedImage } from '@bundle/sbom';
import { sampleManifest, writeSampleBundle } from '@bundle/testkit';
import { imageCosts } from '@bundle/verify';
import { html } from '../src/html.ts';
import { type ReportFacts, reportFacts, reportPage } from '../src/index.ts';
import { sizeMap } from '../src/treemap.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-'));
  await writeSampleBundle(folder, sampleManifest());
});
afterEach(() => rm(folder, { recursive: true }));
const facts = () => reportFacts(folder, { now: new Date() });

/** Text of a page without its tags. */
const textOf = (page: string) =>
  page
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

test('a report has what people ask first: name, size, identity, services, settings, host, images', async () => {
  const { digest } = await facts();
  const text = textOf(reportPage(await facts()));
  for (const words of [
    'shop 1.0',
    digest,
    'Services',
    'Settings',
    'What the host must offer',
    'Images',
    'Not signed',
  ]) {
    expect(text).toContain(words);
  }
});

test('a report loads nothing and runs nothing', async () => {
  const page = reportPage(await facts());
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|<link|<img|<iframe|\bon[a-z]+=|url\(|@import|(?:src|href)=/i);
});

test('names from a bundle cannot become markup, or turn the text around', async () => {
  const hostile = `<script>alert(1)</script>"'&\u202e`;
  const good = await facts();
  const bad: ReportFacts = {
    ...good,
    manifest: {
      ...good.manifest,
      leftOut: [{ service: hostile, source: hostile, reason: hostile }],
    },
    services: [{ name: hostile, image: hostile, ports: [hostile], hasHealthCheck: false }],
    settings: [
      {
        file: hostile,
        name: hostile,
        required: true,
        secret: false,
        ofCompose: true,
        default: hostile,
        description: [hostile],
      },
    ],
    permissions: [{ service: hostile, text: hostile }],
  };
  const page = reportPage(bad);
  expect(page).not.toContain('<script');
  expect(page).not.toContain('\u202e');
  expect(
    page.match(/&lt;script&gt;alert\(1\)&lt;\/script&gt;&quot;&#39;&amp;\\u\{202e\}/g)?.length,
  ).toBe(12);
});

test('a secret is shown without its default', async () => {
  const good = await facts();
  const setting = { file: '.env', name: 'TOKEN', required: true, ofCompose: true, description: [] };
  const page = (secret: boolean) =>
    reportPage({ ...good, settings: [{ ...setting, secret, default: 'hunter2' }] });
  expect(page(true)).not.toContain('hunter2');
  expect(page(false)).toContain('hunter2');
});

test('the picture draws a shared layer once, for the application before the rebuilds', () => {
  const layer = (letter: string, size: number, ...sharedWith: string[]) => ({
    digest: `sha256:${letter.repeat(64)}`,
    size,
    sharedWith,
  });
  const image = (reference: string, ...layers: ReturnType<typeof layer>[]) => ({
    reference,
    storedBytes: 0,
    ownBytes: 0,
    layers,
  });
  const picture = sizeMap(
    [
      image('api:1', layer('a', 100, 'web:1'), layer('b', 50, 'cache:1')),
      image('web:1', layer('a', 100, 'api:1')),
      image('cache:1', layer('b', 50, 'api:1'), layer('c', 25)),
    ],
    new Set(['api:1', 'web:1']),
  ).text;
  const titles = [...picture.matchAll(/<title>([^<]*layer[^<]*)<\/title>/g)].map(
    ([, title]) => title,
  );
  expect(titles).toEqual([
    'api:1 and web:1: layer sha256:aaaaaaaaaaaa, 100 B',
    'api:1: layer sha256:bbbbbbbbbbbb, 50 B',
    'only for rebuilds: layer sha256:cccccccccccc, 25 B',
  ]);
});

test('a report of twenty images with sixty layers each is under 1 MB', async () => {
  const good = await facts();
  const [first] = good.manifest.images;
  if (first === undefined) throw new Error('no image');
  const images = Array.from({ length: 20 }, (_, image) => ({
    ...first,
    reference: `registry.example.com/team/service-${image}:1.0.0`,
    layers: Array.from({ length: 60 }, (_, layer) => ({
      ...first.layers[0],
      digest: `sha256:${String(image * 60 + layer).padStart(64, '0')}` as const,
      mediaType: 'x',
      size: 1 + layer,
      diffId: `sha256:${String(layer).padStart(64, '1')}` as const,
    })),
  }));
  const manifest = { ...good.manifest, images };
  const page = reportPage({ ...good, manifest, images: imageCosts(manifest) });
  expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
});

test('templates escape texts, and leave HTML and what is absent alone', () => {
  const list = [html`<b>${'<'}</b>`, undefined, false as const, 3];
  expect(html`<p title="${'"'}">${list}</p>`.text).toBe('<p title="&quot;"><b>&lt;</b>3</p>');
});

describe('a bundle that lists its packages', () => {
  const image = (reference: string, ...names: string[]): DescribedImage => ({
    reference,
    imageId: `sha256:${'1'.repeat(64)}`,
    distribution: { id: 'debian', version: '12', title: 'Debian GNU/Linux 12 (bookworm)' },
    packages: names.map((name) => ({ type: 'deb', name, version: '1.0', path: 'status' })),
    problems: [],
  });

  test('has each package once, with the images that have it, and a search', async () => {
    const packages = [image('api:1', 'curl', 'libc6'), image('web:1', 'libc6')];
    const page = reportPage({ ...(await facts()), packages });
    const text = textOf(page);
    expect(text).toContain('api:1 : 2 packages, Debian GNU/Linux 12 (bookworm)');
    expect(text).toMatch(/curl 1\.0 deb – 1 /);
    expect(text).toMatch(/libc6 1\.0 deb – 1 2 /);
    // The policy names the only script by its digest.
    const [, script = ''] = /<script>(.*)<\/script>/s.exec(page) ?? [];
    const hash = createHash('sha256').update(script).digest('base64');
    expect(page).toContain(`script-src 'sha256-${hash}'`);
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  test('runs no script where there is nothing to search, and says why', async () => {
    const none = { ...image('api:1'), problems: [{ problem: 'no package database' }] };
    const page = reportPage({ ...(await facts()), packages: [none] });
    expect(page).not.toContain('<script');
    expect(textOf(page)).toContain('There may be more: no package database');
  });

  test('escapes names of packages', async () => {
    const page = reportPage({
      ...(await facts()),
      packages: [image('api:1', '<script>x</script>')],
    });
    expect(page).toContain('&lt;script&gt;x&lt;/script&gt;');
    expect(page.match(/<script/g)).toHaveLength(1);
  });

  test('stays below 1 MB for 20 images of 400 packages, half of them shared', async () => {
    const packages = Array.from({ length: 20 }, (_, at) =>
      image(
        `image-${at}:1`,
        ...Array.from({ length: 400 }, (_, n) => `lib-package-${n < 200 ? 'base' : at}-${n}`),
      ),
    );
    const page = reportPage({ ...(await facts()), packages });
    expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
  });
});

describe('in both languages', () => {
  const chinese = {
    ofTemplate: (english: string) => (english === 'Services' ? '服务' : undefined),
    ofText: (english: string) => (english === 'data' ? '数据' : english),
    isFirst: true,
  };

  test('each text has its Chinese beside it, and the reader chooses without a script', async () => {
    const page = reportPage(await facts(), chinese);
    expect(page).toContain(
      '<h2><span lang="en">Services</span><span lang="zh-Hans">服务</span></h2>',
    );
    expect(page).toMatch(
      /<html lang="zh-Hans">.*id="chinese" checked>.*<label for="chinese">中文/s,
    );
    // What has no translation stays in English for both.
    expect(page).toContain('<h2>Settings</h2>');
    expect(page).not.toMatch(/<script|\bon[a-z]+=/i);
  });

  test('a label has no markup', async () => {
    const page = reportPage(await facts(), { ...chinese, ofTemplate: (english) => `译${english}` });
    expect(page).toMatch(/aria-label="What runs +译What runs"/);
  });

  test('a name from a bundle cannot become markup in a translation', async () => {
    const hostile = '<b>{0}</b>';
    const good = await facts();
    const leftOut = [{ service: 'x', source: hostile, reason: hostile }];
    const page = reportPage(
      { ...good, manifest: { ...good.manifest, leftOut } },
      { ...chinese, ofText: (english) => `译${english}` },
    );
    expect(page).not.toContain('<b>');
    expect(page).toContain('译&lt;b&gt;{0}&lt;/b&gt;');
  });
});
