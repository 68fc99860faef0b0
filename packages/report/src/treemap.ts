import { shortDigest } from '@bundle/format';
import type { ImageCost } from '@bundle/verify';
import { hierarchy, treemap } from 'd3-hierarchy';
import { type Html, html } from './html.ts';
import { bytesText } from './words.ts';

const width = 960;
const height = 420;
/** Width of a character of the labels, about, in units of the picture. */
const letter = 7;

interface Node {
  readonly name: string;
  readonly bytes?: number;
  readonly children?: readonly Node[];
}

/**
 * Draws images and their layers as areas by stored size. A layer that several images share is drawn once.
 * `application`: references of the images that run; the others are for rebuilds.
 */
export function sizeMap(images: readonly ImageCost[], application: ReadonlySet<string>): Html {
  const root = hierarchy<Node>(
    { name: 'images', children: groups(images, application) },
    (node) => node.children,
  )
    .sum(({ bytes }) => bytes ?? 0)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const laidOut = treemap<Node>().size([width, height]).paddingInner(1).paddingTop(18).round(true)(
    root,
  );
  const boxes = (laidOut.children ?? []).map((group, index) => {
    const { x0, x1, y0, y1, value = 0, data } = group;
    const label = html`<text x="${x0 + 4}" y="${y0 + 13}">${fit(`${data.name} ${bytesText(value)}`, x1 - x0)}</text>`;
    const layers = (group.children ?? []).map((layer) => {
      const own = html`<title>${data.name}: ${layer.data.name}, ${bytesText(layer.value ?? 0)}</title>`;
      return html`<rect x="${layer.x0}" y="${layer.y0}" width="${layer.x1 - layer.x0}" height="${layer.y1 - layer.y0}">${own}</rect>`;
    });
    const frame = html`<rect x="${x0}" y="${y0}" width="${x1 - x0}" height="${y1 - y0}" class="frame"><title>${data.name}, ${bytesText(value)}</title></rect>`;
    return html`<g class="hue${index % 8}">${frame}${layers}${y1 - y0 > 17 && label}</g>`;
  });
  return html`<svg viewBox="0 18 ${width} ${height - 18}" role="img" aria-label="Images and layers by stored size; the table of images below has the same numbers">${boxes}</svg>`;
}

/** Puts each layer under the image of the application that uses it, or under a name for all those that share it. */
function groups(images: readonly ImageCost[], application: ReadonlySet<string>): Node[] {
  const layers = new Map(
    images.flatMap(({ reference, layers }) =>
      layers.map(({ digest, size, sharedWith }) => {
        const users = [reference, ...sharedWith].filter((user) => application.has(user)).sort();
        return [digest, { size, group: users.join(' and ') || 'only for rebuilds' }] as const;
      }),
    ),
  );
  const found = new Map<string, Node[]>();
  for (const [digest, { size, group }] of layers) {
    const node = { name: `layer ${shortDigest(digest)}`, bytes: size };
    found.set(group, [...(found.get(group) ?? []), node]);
  }
  return [...found].map(([name, children]) => ({ name, children }));
}

/** Cuts a label to a width; it is empty where only a few letters would be left. */
function fit(label: string, room: number): string {
  const letters = Math.floor((room - 8) / letter);
  if (label.length <= letters) return label;
  return letters < 6 ? '' : `${label.slice(0, letters - 1)}…`;
}
