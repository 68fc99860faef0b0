import type { DescribedImage, ListedPackage } from '@bundle/sbom';
import { type Html, html } from './html.ts';
import type { Words } from './languages.ts';
import { labelOf } from './table.ts';

/** A package with the images that have it, by their numbers. */
interface Row {
  readonly one: ListedPackage;
  readonly users: Set<number>;
}

/**
 * Shows the packages inside the images, each once. Rows leave out the end tags that HTML allows to leave out: 20 images
 * have some thousand rows.
 */
export function packagesSection(images: readonly DescribedImage[], words: Words): Html {
  const { say } = words;
  const rows = new Map<string, Row>();
  for (const [index, { packages }] of images.entries()) {
    for (const one of packages) {
      const key = [one.type, nameOf(one), versionOf(one)].join('\0');
      const row = rows.get(key) ?? { one, users: new Set() };
      row.users.add(index + 1);
      rows.set(key, row);
    }
  }
  const list = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  return html`<h2>${say`Packages inside the images`}</h2>
<ol>${images.map((image) => imageLine(image, words))}</ol>
${list.length > 0 && packagesTable(list, words)}`;
}

function imageLine(
  { reference, distribution, packages, problems }: DescribedImage,
  { say, said }: Words,
): Html {
  const system = distribution?.title ?? distribution?.id;
  const lines = problems.map(({ problem }) => html`<li>${said(problem)}</li>`);
  return html`<li><code>${reference}</code>: ${packages.length === 1 ? say`1 package` : say`${packages.length} packages`}${system !== undefined && `, ${system}`}${lines.length > 0 && html`<br>${say`There may be more:`}<ul>${lines}</ul>`}</li>`;
}

function packagesTable(list: readonly Row[], { say }: Words): Html {
  const body = list.map(
    ({ one, users }) =>
      html`<tr><th scope="row">${nameOf(one)}<td>${versionOf(one) || '–'}<td>${one.type}<td>${one.license ?? '–'}<td>${[...users].join(' ')}`,
  );
  const caption = say`Packages, each with the numbers of the images that have it`;
  const columns = [say`Package`, say`Version`, say`Type`, say`Licence`, say`Images`];
  const head = columns.map((title) => html`<th scope="col">${title}</th>`);
  return html`<p id="search" hidden><label>${say`Search`} <input type="search" autocomplete="off"></label> <output></output></p>
<div class="scroll tall" tabindex="0" role="region" aria-label="${labelOf(caption)}"><table id="packages"><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>
<p class="paper">${say`The list of packages is not printed. <code>bundle sbom</code> writes it.`}</p>`;
}

function nameOf({ group, name }: ListedPackage): string {
  return group === undefined ? name : `${group}:${name}`;
}

function versionOf({ version = '', epoch }: ListedPackage): string {
  return epoch === undefined || epoch === '0' ? version : `${epoch}:${version}`;
}

/** Searches the table; without it, the search is not shown. Words are separated by spaces, and all have to be in a row. */
export const searchScript = `
const box=document.getElementById('search'),input=box.querySelector('input'),out=box.querySelector('output');
const rows=[...document.querySelectorAll('#packages tbody tr')].map(row=>[row,row.textContent.toLowerCase()]);
box.hidden=false;
input.addEventListener('input',()=>{
const words=input.value.toLowerCase().split(/\\s+/);let count=0;
for(const [row,text] of rows){row.hidden=!words.every(word=>text.includes(word));count+=row.hidden?0:1}
out.textContent=count+' of '+rows.length;
});
`;
