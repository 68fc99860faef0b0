import { type Lookup, readEnvFile } from '@bundle/compose';
import { isSecretName, keyOf, settingsOfFile } from '@bundle/host/settings';
import type { Application, ConvertOptions } from './application.ts';
import type { Assigned } from './environment.ts';
import type { Findings } from './findings.ts';
import { withoutMarks } from './secret-text.ts';
import type { Service } from './service-schema.ts';

/** Collects the variables of a service as Compose does: its env files in order, then its `environment`. */
export async function assignedOf(
  name: string,
  { environment, env_file }: Service,
  application: Application,
  { values }: Pick<ConvertOptions, 'values'>,
  lookup: Lookup,
  findings: Findings,
): Promise<Assigned[]> {
  const all = new Map<string, Assigned>();
  for (const [index, { path: written, format }] of (env_file ?? []).entries()) {
    const path = ['services', name, 'env_file', index];
    const file = written.replace(/^\.\//, '');
    const example = application.manifest.envFiles.find((one) => one.path === file);
    const packed = [file, example?.example ?? ''].find((one) =>
      application.manifest.files.some((listed) => listed.path === one),
    );
    if (packed === undefined) {
      findings.notMapped(path, 'the bundle does not have this env file');
      continue;
    }
    const text = withoutMarks((await application.read(packed)).toString('utf8'));
    const entries = format === 'raw' ? rawEntries(text) : readEnvFile(text, lookup).entries;
    const marked = new Set(
      settingsOfFile(file, text).flatMap(({ name: one, secret }) => (secret ? [one] : [])),
    );
    for (const entry of entries) {
      const { name: variable } = entry;
      const isOpen = packed !== file && (example?.toFill ?? [variable]).includes(variable);
      const value = values[keyOf({ file, name: variable })] ?? entry.value;
      if (value === undefined) continue;
      if (isOpen && value === '' && !isSecretName(variable)) {
        findings.changed([...path, variable], 'it has no value in the bundle: fill it in');
      }
      const isSecret = marked.has(variable) && value !== '' && !isSecretName(variable);
      all.set(variable, { name: variable, value, path: [...path, variable], isOpen, isSecret });
    }
  }
  for (const [variable, written] of Object.entries(environment ?? {})) {
    const path = ['services', name, 'environment', variable];
    const value = written ?? lookup(variable);
    if (value !== undefined) all.set(variable, { name: variable, value, path });
    else findings.notMapped(path, 'its value comes from the shell: give it with --set');
  }
  return [...all.values()];
}

/** Reads `format: raw`: everything behind the first `=` is the value. */
function rawEntries(text: string): { name: string; value: string }[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, name, value = ''] = /^\s*([^#=\s][^=]*?)\s*=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value }];
  });
}
