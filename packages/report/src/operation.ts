import { wordsOf } from '@bundle/host/settings';
import type { ReportFacts } from './facts.ts';
import { type Html, html } from './html.ts';
import { table } from './table.ts';

export function servicesSection({ services, needs }: ReportFacts): Html {
  const waiting = new Map(needs.waiting.map(({ service, profiles }) => [service, profiles]));
  const rows = services.map(({ name, image, ports, hasHealthCheck }) => [
    name,
    html`<code>${image}</code>`,
    ports.join(', ') || '–',
    hasHealthCheck ? 'yes' : 'no',
    waiting.get(name)?.join(', ') ?? 'always',
  ]);
  const columns = ['Service', 'Image', 'Ports', 'Health check', 'Starts with profile'];
  return html`<h2>Services</h2>${table(
    'What runs',
    columns.map((title) => ({ title })),
    rows,
  )}`;
}

export function settingsSection({ settings, manifest }: ReportFacts): Html {
  const toFill = new Set(
    manifest.envFiles.flatMap(({ path, toFill: names = [] }) =>
      names.map((name) => `${path}:${name}`),
    ),
  );
  const rows = settings.map((setting) => {
    const { file, name, required, secret, allowed, default: fallback } = setting;
    const isNeeded = required || toFill.has(`${file}:${name}`);
    return [
      html`<code>${name}</code>`,
      file,
      wordsOf(setting) || '–',
      isNeeded ? 'required' : 'optional',
      allowed?.join(', ') ?? (secret ? 'a secret' : '–'),
      fallback === undefined || secret ? '–' : html`<code>${fallback}</code>`,
      html`<div class="blank">&nbsp;</div>`,
    ];
  });
  if (rows.length === 0) return html`<h2>Settings</h2><p>There are none.</p>`;
  const columns = ['Name', 'File', 'Meaning', 'Needed', 'Allowed', 'Default', 'Your value'];
  return html`<h2>Settings</h2>${table(
    'To set on the host; import asks for the required ones',
    columns.map((title) => ({ title })),
    rows,
  )}`;
}

export function hostSection({ needs, permissions }: ReportFacts): Html {
  const external = needs.names.filter((one) => one.external);
  const items = [
    ...needs.ports.map(
      ({ service, address, port, protocol }) =>
        html`port ${address && `${address}:`}${port}/${protocol} free, for ${service}`,
    ),
    ...external.map(
      ({ kind, name }) => html`the ${kind} <code>${name}</code>, which must exist already`,
    ),
    ...needs.files.map(({ path }) => html`the file <code>${path}</code>`),
    ...permissions.map(({ service, text }) => html`consent: ${service} ${text}`),
  ];
  const list = items.map((item) => html`<li>${item}</li>`);
  return html`<h2>What the host must offer</h2>
${items.length === 0 ? html`<p>Docker, and nothing else.</p>` : html`<ul>${list}</ul>`}`;
}

export function leftOutSection({ manifest: { leftOut } }: ReportFacts): Html | false {
  const rows = leftOut.map(({ service, source, target = '', reason }) => [
    service,
    html`<code>${source}</code>`,
    target,
    reason,
  ]);
  if (rows.length === 0) return false;
  const columns = ['Service', 'Source', 'In the container', 'Why'];
  return html`<h2>Not in the bundle</h2>${table(
    'Mounts that the host has or keeps',
    columns.map((title) => ({ title })),
    rows,
  )}`;
}
