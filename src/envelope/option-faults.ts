import type { FieldError } from '../domain/errors.ts';
import { nearestKey } from '../domain/nearest-key.ts';
import type { OptionRules } from './format-options.ts';
import { DORIS_DELETE_SIGN, marksDeletes } from './shape/flat.ts';
import { isSourceField, SOURCE_FIELDS, sourceMemberName } from './shape/source-fields.ts';

/** Options as a user sent them: shapes are not checked yet. */
type Given = Readonly<Record<string, unknown>>;
type Leaf = readonly [path: string, value: unknown];

/** What of the options given the format does not take, and what does not go together. Paths begin with `envelope.` */
export function optionFaults(format: string, rules: OptionRules, given: Given): readonly FieldError[] {
  const faults = leavesOf(given).flatMap(([path, value]) => ruleFaults(format, rules, path, value));
  const isFlat = rules['unwrap.op'] !== undefined;
  return isFlat ? [...faults, ...flatFaults(rules, given)] : faults;
}

/** Options by their path; those without members of their own, and of the others the members. */
function leavesOf(given: Given): readonly Leaf[] {
  return Object.entries(given).flatMap(([name, value]): readonly Leaf[] => {
    if (name === 'format' || value === undefined) return [];
    const members = isGiven(value) ? leavesOf(value) : [];
    return members.length === 0 ? [[name, value]] : members.map(([path, member]) => [`${name}.${path}`, member]);
  });
}

function ruleFaults(format: string, rules: OptionRules, path: string, value: unknown): readonly FieldError[] {
  const notApplicable = (message: string): readonly FieldError[] => [
    { path: `envelope.${path}`, code: 'not_applicable', message },
  ];
  const known = Object.keys(rules);
  const rule = rules[path];
  if (rule === undefined) {
    // An object without members says nothing; what is no object, where one belongs, is a fault of its own.
    if (known.some((one) => one.startsWith(`${path}.`))) return [];
    return notApplicable(`format ${format} has no such option; it knows ${known.join(', ')}`);
  }
  if (rule.values === null || rule.values.some((one) => one === value)) return [];
  return notApplicable(`format ${format} takes ${rule.values.join(', ')}`);
}

function flatFaults(rules: OptionRules, given: Given): readonly FieldError[] {
  const named = isGiven(given.unwrap) ? given.unwrap : {};
  const unwrap = { ...named, deleted: named.deleted ?? rules['unwrap.deleted']?.initial };
  const leavesNothing = rules.tombstones !== undefined && given.tombstones === false && !marksDeletes(unwrap);
  return [...sourceFieldFaults(unwrap), ...memberFaults(unwrap), ...(leavesNothing ? [noTrace()] : [])];
}

function sourceFieldFaults(unwrap: Given): readonly FieldError[] {
  return sourceFieldsOf(unwrap).flatMap((field, i) => {
    if (isSourceField(field)) return [];
    const nearest = nearestKey(field, SOURCE_FIELDS);
    const advice = nearest === null ? `known are ${SOURCE_FIELDS.join(', ')}` : `did you mean "${nearest}"?`;
    const path = `envelope.unwrap.sourceFields[${i}]`;
    return [{ path, code: 'unknown_field', message: `unknown field "${field}"; ${advice}` }];
  });
}

/** Members of a flat row need names of their own. */
function memberFaults(unwrap: Given): readonly FieldError[] {
  const members = [
    ['deleted', unwrap.deleted],
    ['op', unwrap.op],
    ['dorisDeleteSign', unwrap.dorisDeleteSign === true ? DORIS_DELETE_SIGN : undefined],
    ...sourceFieldsOf(unwrap).map((field, i) => [`sourceFields[${i}]`, sourceMemberName(field)] as const),
  ].filter(([, name]) => name !== undefined);
  return members.flatMap(([option, name], i) => {
    const first = members.findIndex(([, other]) => other === name);
    if (first === i) return [];
    const message = `the member ${String(name)} is the one of unwrap.${String(members[first]![0])} already`;
    return [{ path: `envelope.unwrap.${String(option)}`, code: 'conflict', message }];
  });
}

function noTrace(): FieldError {
  const message = 'a delete would leave no record; set unwrap.deleted, unwrap.op or unwrap.dorisDeleteSign';
  return { path: 'envelope.tombstones', code: 'conflict', message };
}

function sourceFieldsOf(unwrap: Given): readonly string[] {
  const fields = unwrap.sourceFields;
  return Array.isArray(fields) ? fields.filter((field) => typeof field === 'string') : [];
}

function isGiven(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
