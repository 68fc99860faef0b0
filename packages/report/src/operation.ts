import { portName } from '@bundle/compose';
import { wordsOf } from '@bundle/host/settings';
import type { ReportFacts } from './facts.ts';
import { type Html, html } from './html.ts';
import type { Words } from './languages.ts';
import { table } from './table.ts';

export function servicesSection({ services, needs }: ReportFacts, { say }: Words): Html {
  const waiting = new Map(needs.waiting.map(({ service, profiles }) => [service, profiles]));
  const rows = services.map(({ name, image, ports, hasHealthCheck }) => [
    name,
    html`<code>${image}</code>`,
    ports.join(', ') || '–',
    hasHealthCheck ? say`yes` : say`no`,
    waiting.get(name)?.join(', ') ?? say`always`,
  ]);
  const columns = [
    say`Service`,
    say`Image`,
    say`Ports`,
    say`Health check`,
    say`Starts with profile`,
  ];
  return html`<h2>${say`Services`}</h2>${table(
    say`What runs`,
    columns.map((title) => ({ title })),
    rows,
  )}`;
}

export function settingsSection({ settings, manifest }: ReportFacts, { say }: Words): Html {
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
      isNeeded ? say`required` : say`optional`,
      allowed?.join(', ') ?? (secret ? say`a secret` : '–'),
      fallback === undefined || secret ? '–' : html`<code>${fallback}</code>`,
      html`<div class="blank">&nbsp;</div>`,
    ];
  });
  if (rows.length === 0) return html`<h2>${say`Settings`}</h2><p>${say`There are none.`}</p>`;
  const columns = [
    say`Name`,
    say`File`,
    say`Meaning`,
    say`Needed`,
    say`Allowed`,
    say`Default`,
    say`Your value`,
  ];
  return html`<h2>${say`Settings`}</h2>${table(
    say`To set on the host; import asks for the required ones`,
    columns.map((title) => ({ title })),
    rows,
  )}`;
}

export function hostSection({ needs, permissions }: ReportFacts, { say, said }: Words): Html {
  const external = needs.names.filter((one) => one.external);
  const items = [
    ...needs.ports
      .filter(({ choice }, index, all) => !choice || all[index - 1]?.choice !== choice)
      .map(
        (one) =>
          say`port ${one.address && `${one.address}:`}${portName(one)} free, for ${one.service}`,
      ),
    ...external.map(
      ({ kind, name }) => say`the ${said(kind)} <code>${name}</code>, which must exist already`,
    ),
    ...needs.files.map(({ path }) => say`the file <code>${path}</code>`),
    ...permissions.map(({ service, text }) => say`consent: ${service} ${said(text)}`),
  ];
  const list = items.map((item) => html`<li>${item}</li>`);
  return html`<h2>${say`What the host must offer`}</h2>
${items.length === 0 ? html`<p>${say`Docker, and nothing else.`}</p>` : html`<ul>${list}</ul>`}`;
}

export function leftOutSection(
  { manifest: { leftOut } }: ReportFacts,
  { say, said }: Words,
): Html | false {
  const rows = leftOut.map(({ service, source, target = '', reason }) => [
    service,
    html`<code>${source}</code>`,
    target,
    said(reason),
  ]);
  if (rows.length === 0) return false;
  const columns = [say`Service`, say`Source`, say`In the container`, say`Why`];
  return html`<h2>${say`Not in the bundle`}</h2>${table(
    say`Mounts that the host has or keeps`,
    columns.map((title) => ({ title })),
    rows,
  )}`;
}
