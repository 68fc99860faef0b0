// Simulates how a release reaches many hosts, and writes the tables of docs/scale.md. Every figure that goes in is in
// scale-parameters.json. Nothing here depends on chance or on a clock.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads the parameters, each as its bare value. */
export function readParameters() {
  const text = readFileSync(join(import.meta.dirname, 'scale-parameters.json'), 'utf8');
  const { hosts, measured, assumed } = JSON.parse(text);
  return { hosts, ...values(measured), ...values(assumed) };
}

function values(groups) {
  const bare = (group) =>
    Object.fromEntries(Object.entries(group).map(([name, { value }]) => [name, value]));
  return Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, bare(group)]));
}

/**
 * Simulates hosts that fetch `bytes` each from senders. A sender shares its `rate` among its transfers, of which it has
 * at most `atOnce`; a host takes at most `hostRate`. With `peers`, a host that has everything sends too. Returns the
 * seconds until the last host has everything, and the bytes that left the first sender.
 */
export function fetchAll({ hosts, bytes, hostRate, source, peers }) {
  const senders = [{ ...source, active: 0 }];
  const transfers = [];
  let waiting = hosts;
  let now = 0;
  let fromSource = 0;
  const begin = () => {
    for (const sender of senders) {
      while (waiting > 0 && sender.active < sender.atOnce) {
        waiting -= 1;
        sender.active += 1;
        transfers.push({ sender, left: bytes });
        if (sender === senders[0]) fromSource += bytes;
      }
    }
  };
  begin();
  while (transfers.length > 0) {
    const rateOf = ({ sender }) => Math.min(hostRate, sender.rate / sender.active);
    const rates = transfers.map(rateOf);
    const step = Math.min(...transfers.map(({ left }, index) => left / rates[index]));
    now += step;
    for (const [index, transfer] of transfers.entries()) transfer.left -= rates[index] * step;
    // A hundredth of a byte is what rounding leaves.
    const done = transfers.filter(({ left }) => left < 0.01);
    for (const transfer of done) {
      transfers.splice(transfers.indexOf(transfer), 1);
      transfer.sender.active -= 1;
      if (peers !== undefined) senders.push({ ...peers, active: 0 });
    }
    begin();
  }
  return { seconds: now, fromSource };
}

/** The ways to bring a release to hosts: bytes that leave the first place, and seconds until the last host has it. */
export const ways = {
  stick({ release, host, stick }, hosts, kind) {
    const bytes = release[`${kind}Bytes`] + (kind === 'first' ? release.programBytes : 0);
    const each = Math.max(bytes / stick.readBytesPerSecond, host[`${kind}Seconds`]);
    return {
      bytes: bytes * hosts,
      seconds: bytes / stick.writeBytesPerSecond + hosts * (stick.secondsAtHost + each),
    };
  },
  endpoint(parameters, hosts, kind) {
    const { endpoint, link } = parameters;
    const rate = Math.min(endpoint.bytesPerSecond, link.hostBytesPerSecond);
    return fetched(parameters, hosts, kind, { rate, atOnce: endpoint.clientsAtOnce });
  },
  registry(parameters, hosts, kind) {
    const { registry, link, release } = parameters;
    const rate = Math.min(registry.bytesPerSecond, link.registryBytesPerSecond);
    const source = { rate, atOnce: Number.POSITIVE_INFINITY };
    const pushed = release[`${kind}Bytes`] / Math.min(link.hostBytesPerSecond, rate);
    const { bytes, seconds } = fetched(parameters, hosts, kind, source);
    return { bytes, seconds: seconds + pushed };
  },
  peers(parameters, hosts, kind) {
    const { link } = parameters;
    // One transfer at a time doubles the number of hosts that have it in the least time.
    const one = { rate: link.hostBytesPerSecond, atOnce: 1 };
    return fetched(parameters, hosts, kind, one, one);
  },
};

function fetched({ release, host, link }, hosts, kind, source, peers) {
  const bytes = release[`${kind}Bytes`];
  const hostRate = link.hostBytesPerSecond;
  const { seconds, fromSource } = fetchAll({ hosts, bytes, hostRate, source, peers });
  return { bytes: fromSource, seconds: seconds + host[`${kind}Seconds`] };
}

/** Returns the most hosts that a way serves within a time; Infinity for more than any number tried. */
export function hostsWithin(way, parameters, kind, seconds) {
  let [low, high] = [0, 4096];
  if (ways[way](parameters, high, kind).seconds <= seconds) return Number.POSITIVE_INFINITY;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (ways[way](parameters, middle, kind).seconds <= seconds) low = middle;
    else high = middle;
  }
  return low;
}

const titles = {
  stick: 'stick, one person',
  endpoint: '`bundle serve`, 1 Gbit/s',
  registry: 'registry, 10 Gbit/s',
  peers: 'hosts from each other, 1 Gbit/s',
};

/** Writes the tables of docs/scale.md by name. */
export function tables(parameters) {
  const { hosts } = parameters;
  const head = (first, columns) => [
    `| ${[first, ...columns].join(' | ')} |`,
    `|${'---|'.repeat(columns.length + 1)}`,
  ];
  const release = (kind) => [
    ...head(
      'way',
      hosts.map((count) => `${count.toLocaleString('en')} ${count === 1 ? 'host' : 'hosts'}`),
    ),
    ...Object.entries(titles).map(([way, title]) => {
      const cells = hosts.map((count) => {
        const { bytes, seconds } = ways[way](parameters, count, kind);
        return `${timeText(seconds)}, ${bytesText(bytes)}`;
      });
      return `| ${[title, ...cells].join(' | ')} |`;
    }),
  ];
  const limits = [
    ...head('way', ['in 10 minutes', 'in an hour', 'in 8 hours']),
    ...Object.entries(titles).map(([way, title]) => {
      const cells = [600, 3600, 28_800].map((seconds) => {
        const most = hostsWithin(way, parameters, 'first', seconds);
        return Number.isFinite(most) ? most.toLocaleString('en') : 'over 4,000';
      });
      return `| ${[title, ...cells].join(' | ')} |`;
    }),
  ];
  return { first: release('first'), update: release('update'), limits, parameters: sources() };
}

function sources() {
  const text = readFileSync(join(import.meta.dirname, 'scale-parameters.json'), 'utf8');
  const { measured, assumed } = JSON.parse(text);
  const rows = (kind, groups) =>
    Object.entries(groups).flatMap(([group, all]) =>
      Object.entries(all).map(
        ([name, { value, unit, from }]) =>
          `| ${group}, ${words(name)} | ${value.toLocaleString('en')} ${unit} | ${kind}: ${from} |`,
      ),
    );
  return [
    '| parameter | value | from |',
    '|---|---|---|',
    ...rows('measured', measured),
    ...rows('assumed', assumed),
  ];
}

function words(name) {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

export function timeText(seconds) {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

export function bytesText(bytes) {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5) [value, unit] = [value / 1000, unit + 1];
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Puts the tables between their marks into a document. */
export function withTables(document, made) {
  return document.replaceAll(
    /(<!-- table: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin, name, end) => `${begin}\n${made[name].join('\n')}\n\n${end}`,
  );
}
