import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from '@swc/core';

const packages = join(import.meta.dirname, '../../..');

/** Fields whose values are shown to people, wherever they are. */
const shownFields = new Set(['operation', 'expected', 'found', 'hint']);

/** Calls whose arguments are no texts: schemas for programmers, and tests of other texts. */
const silentCalls = new Set([
  'meta',
  'describe',
  'regex',
  'test',
  'includes',
  'startsWith',
  'endsWith',
  'split',
  'join',
  'replaceAll',
  'replace',
]);

/** Tags of templates that are texts: of the command, and of a report. */
const markers = new Set(['t', 'say']);

interface Found {
  readonly text: string;
  readonly file: string;
}

/** Finds the texts that a package makes for people, as templates: {0}, {1} … stand for what is put in. */
export async function textsOfPackage(name: string, under = 'src'): Promise<Found[]> {
  const found: Found[] = [];
  for await (const file of glob(`${name}/${under}/**/*.ts`, { cwd: packages })) {
    const source = await readFile(join(packages, file), 'utf8');
    for (const text of await textsOfSource(source)) found.push({ text, file });
  }
  return found;
}

/** Finds the texts that are marked: t`…` of the command, say`…` of a report, and the nouns that are counted. */
export async function markedTexts(): Promise<Found[]> {
  const found: Found[] = [];
  for await (const file of glob('{cli,report}/src/**/*.ts', { cwd: packages })) {
    const source = await readFile(join(packages, file), 'utf8');
    for (const text of await textsOfSource(source, true)) found.push({ text, file });
  }
  return found;
}

async function textsOfSource(source: string, onlyMarked = false): Promise<Set<string>> {
  const texts = new Set<string>();
  const visit = (node: unknown, field = ''): void => {
    if (Array.isArray(node)) {
      for (const one of node) visit(one, field);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    // An argument is in an object without a type.
    if (!isNode(node)) {
      for (const value of Object.values(node)) visit(value, field);
      return;
    }
    const { type } = node;
    if (/^(Import|ExportAll|Ts(Type|Interface))/.test(type)) return;
    if (isSilent(node)) {
      // What is joined may be texts; the separator is not.
      visit(node['callee'], field);
      return;
    }
    if (type === 'TaggedTemplateExpression' && markers.has(nameOf(node['tag']) ?? '')) {
      texts.add(templateOf(node['template']));
      visit(fieldOf(node['template'], 'expressions'));
      return;
    }
    if (type === 'CallExpression' && nameOf(node['callee']) === 'count') {
      const noun = stringOf(fieldOf(listOf(node['arguments'])[1], 'expression'));
      if (noun !== undefined) texts.add(`{0} ${noun}s`);
    }
    if (type === 'StringLiteral' && !onlyMarked) add(String(node['value']), field);
    if (type === 'TemplateLiteral' && !onlyMarked) add(templateOf(node), field);
    const own = type === 'KeyValueProperty' ? String(fieldOf(node['key'], 'value') ?? '') : field;
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'quasis' && key !== 'key') visit(value, own);
    }
  };
  const add = (text: string, field: string): void => {
    if (
      /[A-Za-z]{2}/.test(text.replace(/\{\d+\}/g, '')) &&
      (shownFields.has(field) || isProse(text))
    )
      texts.add(text);
  };
  visit((await parse(source, { syntax: 'typescript', target: 'es2022' })).body);
  return texts;
}

/** Tells words that form a phrase from names, paths and code. */
function isProse(text: string): boolean {
  return /[A-Za-z)]{2,}[ :,]+[A-Za-z(]|\{\d+\} [a-z]{3,}|[a-z]{3,},? \{\d+\}/.test(text);
}

/** Errors for programmers, schemas and tests hold no texts for people. */
function isSilent(node: Node): boolean {
  if (node.type === 'NewExpression') return nameOf(node['callee']) === 'Error';
  if (node.type !== 'CallExpression') return false;
  return silentCalls.has(String(fieldOf(fieldOf(node['callee'], 'property'), 'value') ?? ''));
}

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function nameOf(node: unknown): string | undefined {
  return stringField(node, 'Identifier');
}

function stringOf(node: unknown): string | undefined {
  return stringField(node, 'StringLiteral');
}

function stringField(node: unknown, type: string): string | undefined {
  return isNode(node) && node.type === type ? String(node['value']) : undefined;
}

/** Returns the key of a template literal. */
function templateOf(node: unknown): string {
  return listOf(fieldOf(node, 'quasis'))
    .map(
      (part, index) => `${index === 0 ? '' : `{${index - 1}}`}${String(fieldOf(part, 'cooked'))}`,
    )
    .join('');
}
