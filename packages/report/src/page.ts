import { createHash } from 'node:crypto';
import { orderOf, platformsText } from '@bundle/format';
import { keyWords, verdictWords } from '@bundle/trust';
import { type SizePart, sizeParts } from '@bundle/verify';
import { changes } from './changes.ts';
import type { ReportFacts } from './facts.ts';
import { Html, html } from './html.ts';
import { imagesSection } from './images.ts';
import { type Chinese, languageChoice, type Words, wordsIn } from './languages.ts';
import { hostSection, leftOutSection, servicesSection, settingsSection } from './operation.ts';
import { packagesSection, searchScript } from './packages.ts';
import { style } from './style.ts';
import { table } from './table.ts';
import { bytesText, utcTime } from './words.ts';

/**
 * Writes a report as one HTML page. It loads nothing, and reads well on paper, with a screen reader and without scripts.
 * Its only script searches the list of packages, where the bundle has one; a browser runs no other. `chinese`: for a page
 * in both languages; absent: English.
 */
export function reportPage(facts: ReportFacts, chinese?: Chinese): string {
  const { manifest, diff, packages = [] } = facts;
  const words = wordsIn(chinese);
  const canSearch = packages.some((image) => image.packages.length > 0);
  const scripts = canSearch ? `; script-src 'sha256-${searchHash()}'` : '';
  const name = `${manifest.product} ${manifest.version}`;
  const page = html`<!doctype html>
<html lang="${chinese?.isFirst ? 'zh-Hans' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${new Html(scripts)}">
<title>${name}</title>
<style>`;
  const body = html`</style>
</head>
<body>
<main>
${languageChoice(chinese)}
${head(facts, words)}
${partsSection(sizeParts(manifest), manifest.sizes.stored, words)}
${servicesSection(facts, words)}
${settingsSection(facts, words)}
${hostSection(facts, words)}
${leftOutSection(facts, words)}
${diff !== undefined && changes(diff, facts.packageChanges, words)}
${imagesSection(facts, words)}
${packages.length > 0 && packagesSection(packages, words)}
${commandsSection(name, words)}
</main>
${canSearch && new Html(`<script>${searchScript}</script>`)}
</body>
</html>
`;
  return `${page.text}${style}${body.text}`;
}

/** Returns what a content security policy names the search by. */
function searchHash(): string {
  return createHash('sha256').update(searchScript).digest('base64');
}

function head({ manifest, digest, signatures }: ReportFacts, { say, said }: Words): Html {
  const { product, version, created, images, sizes, base } = manifest;
  const { channel, sequence } = orderOf(manifest);
  const signed = signatures.signatures.map(
    (one) => html`<li><code>${keyWords(one)}</code>: ${said(verdictWords[one.verdict])}</li>`,
  );
  const unpacked = sizes.unpacked > 0 && say`, ${bytesText(sizes.unpacked)} unpacked`;
  const count = images.length === 1 ? say`1 image` : say`${images.length} images`;
  return html`<h1>${product} ${version}</h1>
<p>${say`For ${platformsText(manifest)}, made ${utcTime(created)}, channel ${channel}, sequence ${sequence}.`}
${count}, ${bytesText(sizes.stored)}${unpacked}.</p>
${base !== undefined && html`<p>${say`Incremental: the host needs ${base.product} ${base.version} (<code>${base.digest}</code>).`}</p>`}
<p>${say`Identity:`} <span class="digest">${digest}</span></p>
<p class="dim">${say`Compare it with what the sender says, on another way than the bundle came. This page proves nothing by itself; <code>bundle verify</code> checks every byte.`}</p>
${signed.length > 0 ? html`<p>${say`Signatures:`}</p><ul>${signed}</ul>` : html`<p>${say`Not signed.`}</p>`}`;
}

function partName(name: SizePart['name'], { say }: Words): Html {
  switch (name) {
    case 'application':
      return say`application: the images that run`;
    case 'rebuilds':
      return say`rebuilds without a network: base images, build cache, source`;
    case 'programs':
      return say`programs for the host`;
    case 'files':
      return say`files of the application and of the bundle`;
  }
}

function partsSection(parts: readonly SizePart[], total: number, words: Words): Html {
  const { say } = words;
  const bar = parts.map(
    ({ bytes }, index) =>
      html`<span class="a${index}" style="width:${((bytes / Math.max(1, total)) * 100).toFixed(2)}%"></span>`,
  );
  const rows = parts.map(({ name, bytes }, index) => [
    html`<span class="key a${index}"></span>${partName(name, words)}`,
    bytesText(bytes),
    `${((bytes / Math.max(1, total)) * 100).toFixed(1)} %`,
  ]);
  const columns = [
    { title: say`Part` },
    { title: say`Stored`, isNumber: true },
    { title: say`Share`, isNumber: true },
  ];
  return html`<h2>${say`Where the bytes are`}</h2>
<div class="bar" aria-hidden="true">${bar}</div>
${table(say`Bytes by purpose`, columns, rows)}`;
}

function commandsSection(name: string, { say }: Words): Html {
  return html`<h2>${say`On the host`}</h2>
<pre>bundle verify BUNDLE          # ${say`check every byte`}
bundle import BUNDLE --up     # ${say`load and start ${name}`}
bundle status                 # ${say`what runs`}
bundle rollback               # ${say`back to the release before`}</pre>
<p>${say`A host without the command runs <code>sh install.sh</code> in the unpacked bundle.`}</p>`;
}
