import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/config/document.ts';
import type { OptionRule } from '../../src/envelope/format-options.ts';
import { OFFERED_FORMATS, optionRules } from '../../src/envelope/formats.ts';
import { SOURCE_FIELDS } from '../../src/envelope/shape/source-fields.ts';
import { parseSpec } from '../../src/task/spec.ts';

const ROOT = new URL('../../', import.meta.url);
const README = readFileSync(new URL('README.md', ROOT), 'utf8');
const OPTIONS = [...new Set(OFFERED_FORMATS.flatMap((format) => Object.keys(optionRules(format)!)))];
const PAGES = readdirSync(new URL('docs/consumers/', ROOT));

/** A format's cell in the matrix: default, or all values where the format takes only some. */
function cell(rule: OptionRule | undefined): string {
  if (rule === undefined) return '–';
  if (rule.values !== null) return rule.values.map((value) => `\`${value}\``).join(', ');
  return rule.initial === undefined ? rule.otherwise : `\`${rule.initial}\``;
}

describe('README, formats', () => {
  it('has a column for each format on offer', () => {
    expect(README).toContain(`| option | ${OFFERED_FORMATS.map((format) => `\`${format}\``).join(' | ')} |`);
  });

  it.each(OPTIONS)('says which format takes %s, and its default', (option) => {
    const cells = OFFERED_FORMATS.map((format) => cell(optionRules(format)![option]));
    expect(README).toContain(`| \`${option}\` | ${cells.join(' | ')} |\n`);
  });

  it('lists the facts of a change that flat rows may carry', () => {
    expect(README).toContain(SOURCE_FIELDS.map((field) => `\`${field}\``).join(', '));
  });
});

describe('docs/consumers', () => {
  it.each(PAGES)('%s shows tasks that this version takes as they stand', (page) => {
    const text = readFileSync(new URL(`docs/consumers/${page}`, ROOT), 'utf8');
    const tasks = [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map((match) =>
      parseSpec(parseDocument(match[1]!, page)),
    );
    expect(tasks.length).toBeGreaterThan(0);
    for (const { envelope } of tasks) expect(OFFERED_FORMATS).toContain(envelope.format);
  });

  it.each(PAGES)('%s is linked in the README', (page) => {
    expect(README).toContain(`(docs/consumers/${page})`);
  });
});
