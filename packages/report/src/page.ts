import { createHash } from 'node:crypto';
import { formatPlatform, orderOf } from '@bundle/format';
import { keyWords, verdictWords } from '@bundle/trust';
import { type SizePart, sizeParts } from '@bundle/verify';
import { changes } from './changes.ts';
import type { ReportFacts } from './facts.ts';
import { Html, html } from './html.ts';
import { imagesSection } from './images.ts';
import { hostSection, leftOutSection, servicesSection, settingsSection } from './operation.ts';
import { packagesSection, searchScript } from './packages.ts';
import { style } from './style.ts';
import { table } from './table.ts';
import { bytesText, utcTime } from './words.ts';

/**
 * Writes a report as one HTML page. It loads nothing, and reads well on paper, with a screen reader and without scripts.
 * Its only script searches the list of packages, where the bundle has one; a browser runs no other.
 */
export function reportPage(facts: ReportFacts): string {
  const { manifest, diff, packages = [] } = facts;
  const canSearch = packages.some((image) => image.packages.length > 0);
  const scripts = canSearch ? `; script-src 'sha256-${searchHash()}'` : '';
  const name = `${manifest.product} ${manifest.version}`;
  const page = html`<!doctype html>
<html lang="en">
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
${head(facts)}
${partsSection(sizeParts(manifest), manifest.sizes.stored)}
${servicesSection(facts)}
${settingsSection(facts)}
${hostSection(facts)}
${leftOutSection(facts)}
${diff !== undefined && changes(diff, facts.packageChanges)}
${imagesSection(facts)}
${packages.length > 0 && packagesSection(packages)}
${commandsSection(name)}
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

function head({ manifest, digest, signatures }: ReportFacts): Html {
  const { product, version, platform, created, images, sizes, base } = manifest;
  const { channel, sequence } = orderOf(manifest);
  const signed = signatures.signatures.map(
    (one) => html`<li><code>${keyWords(one)}</code>: ${verdictWords[one.verdict]}</li>`,
  );
  return html`<h1>${product} ${version}</h1>
<p>For ${formatPlatform(platform)}, made ${utcTime(created)}, channel ${channel}, sequence ${sequence}.
${images.length} ${images.length === 1 ? 'image' : 'images'}, ${bytesText(sizes.stored)}${sizes.unpacked > 0 && `, ${bytesText(sizes.unpacked)} unpacked`}.</p>
${base !== undefined && html`<p>Incremental: the host needs ${base.product} ${base.version} (<code>${base.digest}</code>).</p>`}
<p>Identity: <span class="digest">${digest}</span></p>
<p class="dim">Compare it with what the sender says, on another way than the bundle came. This page proves nothing by itself; <code>bundle verify</code> checks every byte.</p>
${signed.length > 0 ? html`<p>Signatures:</p><ul>${signed}</ul>` : html`<p>Not signed.</p>`}`;
}

const partNames: Readonly<Record<SizePart['name'], string>> = {
  application: 'application: the images that run',
  rebuilds: 'rebuilds without a network: base images, build cache, source',
  programs: 'programs for the host',
  files: 'files of the application and of the bundle',
};

function partsSection(parts: readonly SizePart[], total: number): Html {
  const bar = parts.map(
    ({ bytes }, index) =>
      html`<span class="a${index}" style="width:${((bytes / Math.max(1, total)) * 100).toFixed(2)}%"></span>`,
  );
  const rows = parts.map(({ name, bytes }, index) => [
    html`<span class="key a${index}"></span>${partNames[name]}`,
    bytesText(bytes),
    `${((bytes / Math.max(1, total)) * 100).toFixed(1)} %`,
  ]);
  return html`<h2>Where the bytes are</h2>
<div class="bar" aria-hidden="true">${bar}</div>
${table('Bytes by purpose', [{ title: 'Part' }, { title: 'Stored', isNumber: true }, { title: 'Share', isNumber: true }], rows)}`;
}

function commandsSection(name: string): Html {
  return html`<h2>On the host</h2>
<pre>bundle verify BUNDLE          # check every byte
bundle import BUNDLE --up     # load and start ${name}
bundle status                 # what runs
bundle rollback               # back to the release before</pre>
<p>A host without the command runs <code>sh install.sh</code> in the unpacked bundle.</p>`;
}
