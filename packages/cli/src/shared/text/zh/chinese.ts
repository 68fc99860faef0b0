import type { Catalogue } from '../translator.ts';
import { adopt } from './adopt.ts';
import { command } from './command.ts';
import { compose } from './compose.ts';
import { counts } from './counts.ts';
import { deltas } from './delta.ts';
import { engine } from './engine.ts';
import { explanations } from './explanations.ts';
import { exporting } from './export.ts';
import { files } from './files.ts';
import { fleet } from './fleet.ts';
import { format } from './format.ts';
import { help } from './help.ts';
import { host } from './host.ts';
import { importing } from './import.ts';
import { inspect } from './inspect.ts';
import { kit } from './kit.ts';
import { kubernetes } from './kubernetes.ts';
import { manual } from './manual.ts';
import { operate } from './operate.ts';
import { others } from './others.ts';
import { rebuild } from './rebuild.ts';
import { recipe } from './recipe.ts';
import { registries } from './registries.ts';
import { report } from './report.ts';
import { resultErrors, results } from './results.ts';
import { packages } from './sbom.ts';
import { signing } from './sign.ts';
import { store } from './store.ts';
import { swarm } from './swarm.ts';
import { trust } from './trust.ts';
import { verify } from './verify.ts';
import { words } from './words.ts';

/** The catalogues of Simplified Chinese, one for each part of the command; no two have the same key. */
export const parts: readonly Catalogue[] = [
  adopt,
  command,
  compose,
  counts,
  deltas,
  engine,
  explanations,
  exporting,
  files,
  fleet,
  format,
  help,
  host,
  importing,
  inspect,
  kit,
  kubernetes,
  manual,
  operate,
  others,
  packages,
  rebuild,
  recipe,
  registries,
  report,
  resultErrors,
  results,
  signing,
  store,
  swarm,
  trust,
  verify,
  words,
];

/** Every text that is translated into Simplified Chinese; `marked`: found by its whole template only. */
export const chinese: { readonly all: Catalogue; readonly marked: Catalogue } = {
  all: Object.assign({}, ...parts),
  marked: { ...words, ...report, ...results },
};
