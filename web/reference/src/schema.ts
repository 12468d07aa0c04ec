/** Schemas as people read them, and examples of what they describe. */

import { ApiDocument, type Schema } from './document.js';
import { element, line, type Child } from './markup.js';

const deepest = 5;

/** "1 to 64 characters". */
export function bounds(schema: Schema): string[] {
  const between = (min: number | undefined, max: number | undefined, what: string) => {
    if (min !== undefined && max !== undefined) return [`${min} to ${max}${what}`];
    if (max !== undefined) return [`at most ${max}${what}`];
    return min !== undefined ? [`at least ${min}${what}`] : [];
  };
  return [
    ...between(schema.minLength, schema.maxLength, ' characters'),
    ...between(schema.minimum, schema.maximum, ''),
    ...between(schema.minItems, schema.maxItems, ' elements'),
    ...between(schema.minProperties, schema.maxProperties, ' entries'),
  ];
}

/** "string, uuid", "list of User", "string or null". */
export function typeText(document: ApiDocument, schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map((one) => typeText(document, one)).join(' or ');
  const name = ApiDocument.nameOf(schema);
  const types = [document.resolve(schema).type ?? 'any'].flat();
  if (name !== undefined && types[0] === 'object') return name;
  if (types[0] === 'array') return `list of ${schema.items ? typeText(document, schema.items) : 'anything'}`;
  if (types[0] === 'object' && schema.additionalProperties) return 'map of string';
  const format = schema.format !== undefined && !schema.format.startsWith('int') ? `, ${schema.format}` : '';
  return types.join(' or ') + format;
}

function memberRow(document: ApiDocument, name: string, member: Schema, isRequired: boolean, depth: number): HTMLElement {
  const schema = document.resolve(member);
  const inner = schema.type === 'array' && schema.items ? document.resolve(schema.items) : schema;
  const facts = [typeText(document, member), ...bounds(schema)].join(' · ');
  const values = schema.enum?.map((value) => element('code', {}, String(value))) ?? [];
  return element('li', {},
    element('div', { class: 'member' },
      element('code', { class: 'name' }, name),
      element('span', { class: 'type' }, facts),
      isRequired && element('span', { class: 'required' }, 'required')),
    schema.description !== undefined && element('p', {}, ...line(schema.description)),
    values.length > 0 && element('p', { class: 'values' }, 'One of ', ...values.flatMap((value, at): Child[] =>
      at === 0 ? [value] : [' ', value])),
    inner.properties !== undefined && depth < deepest &&
      element('details', {},
        element('summary', {}, 'Members'), memberList(document, inner, depth + 1)));
}

/** The members of an object. */
export function memberList(document: ApiDocument, schema: Schema, depth = 0): HTMLElement {
  const whole = document.resolve(schema);
  if (whole.anyOf) {
    return element('div', {}, ...whole.anyOf.map((one) =>
      element('details', { open: true }, element('summary', {}, typeText(document, one)),
        memberList(document, one, depth + 1))));
  }
  const rows = Object.entries(whole.properties ?? {}).map(([name, member]) =>
    memberRow(document, name, member, whole.required?.includes(name) ?? false, depth));
  return rows.length > 0 ? element('ul', { class: 'members' }, ...rows)
                         : element('p', { class: 'quiet' }, 'A JSON object.');
}

/** All members of an answer, or of a request those that are required or have an example. */
export type Purpose = 'answer' | 'request';

function ofFormat(format: string | undefined): string {
  switch (format) {
    case 'uuid': return '0193a5c2-6f0e-7b3a-9c1d-2f4e6a8b0c1d';
    case 'email': return 'ann@example.org';
    case 'date-time': return '2030-01-31T12:00:00Z';
    case 'uri-reference': return '/v1/avatars/0193a5c26f0e7b3a.png';
    default: return '…';
  }
}

/** `known` has values for members of some names, from answers before. */
export function example(document: ApiDocument, schema: Schema, purpose: Purpose, known: ReadonlyMap<string, string>,
                        at = '', depth = 0): unknown {
  const whole = document.resolve(schema);
  if (whole.anyOf?.[0]) return example(document, whole.anyOf[0], purpose, known, at, depth);
  if (purpose === 'request' && known.has(at)) return known.get(at);
  if (whole.examples !== undefined) return whole.examples[0];
  if (whole.enum !== undefined) return whole.enum[0];
  switch ([whole.type].flat()[0]) {
    case 'object': {
      if (depth > deepest) return {};
      const chosen = Object.entries(whole.properties ?? {}).filter(([name, member]) =>
        purpose === 'answer' || whole.required?.includes(name) || known.has(name) ||
        document.resolve(member).examples !== undefined);
      return Object.fromEntries(chosen.map(([name, member]) =>
        [name, example(document, member, purpose, known, name, depth + 1)]));
    }
    case 'array':
      return whole.items ? [example(document, whole.items, purpose, known, at, depth + 1)] : [];
    case 'integer':
    case 'number':
      return whole.minimum ?? 0;
    case 'boolean':
      return false;
    default:
      return ofFormat(whole.format);
  }
}

export function exampleText(document: ApiDocument, schema: Schema, purpose: Purpose,
                            known: ReadonlyMap<string, string> = new Map()): string {
  return JSON.stringify(example(document, schema, purpose, known), null, 2);
}
