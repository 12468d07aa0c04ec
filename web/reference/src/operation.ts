/** One operation: what it takes, what it answers, how it refuses. */

import { type Session } from './api.js';
import { type Answer, type ApiDocument, type Endpoint, type Parameter } from './document.js';
import { codeBlock, element, line, prose, type Child } from './markup.js';
import { bounds, exampleText, memberList, typeText } from './schema.js';
import { tryIt } from './try_it.js';

const accessNames: Record<string, string> = {
  optional: 'signed in or not',
  signed_in: 'signed in',
  freshly_signed_in: 'freshly signed in',
  administrator: 'administrators',
  freshly_an_administrator: 'administrators, freshly signed in',
};

export function methodBadge(method: string): HTMLElement {
  return element('span', { class: `method ${method.toLowerCase()}` }, method);
}

/** A path that may break before its segments. */
function pathText(path: string): Child[] {
  return path.split(/(?=\/)/).flatMap((segment): Child[] => [element('wbr'), segment]);
}

function factsOf(document: ApiDocument, { schema }: Parameter): string[] {
  return schema ? [typeText(document, schema), ...bounds(schema)] : [];
}

function parameterList(document: ApiDocument, parameters: Parameter[]): HTMLElement {
  return element('ul', { class: 'members' }, ...parameters.map((parameter) => element('li', {},
    element('div', { class: 'member' },
      element('code', { class: 'name' }, parameter.name),
      element('span', { class: 'type' },
        [parameter.in, ...factsOf(document, parameter)].join(' · ')),
      (parameter.required ?? false) && element('span', { class: 'required' }, 'required')),
    parameter.description !== undefined && element('p', {}, ...line(parameter.description)))));
}

function requestPart(document: ApiDocument, endpoint: Endpoint): Child[] {
  const { parameters, requestBody } = endpoint.operation;
  const parts: Child[] = [];
  if (parameters?.length) parts.push(element('h4', {}, 'Parameters'), parameterList(document, parameters));
  if (requestBody) {
    parts.push(element('h4', {}, 'Body', (requestBody.required ?? false) ? null : ' (may be left out)'));
    if (requestBody.description !== undefined) parts.push(element('p', {}, ...line(requestBody.description)));
    const schema = requestBody.content['application/json']?.schema;
    if (schema) parts.push(memberList(document, schema));
    else parts.push(element('p', { class: 'quiet' }, Object.keys(requestBody.content).join(', ')));
  }
  return parts;
}

const isRefusal = (answer: Answer) => answer.content?.['application/problem+json'] !== undefined;

function answerPart(document: ApiDocument, status: string, answer: Answer): HTMLElement {
  const headers = Object.entries(answer.headers ?? {}).map(([name, header]) => element('li', {},
    element('code', {}, name), ' ', ...line(document.resolve(header).description ?? '')));
  const media = Object.entries(answer.content ?? {}).flatMap(([type, { schema }]): Child[] => [
    element('p', { class: 'quiet' }, schema ? `${type} · ${typeText(document, schema)}` : type),
    schema && document.resolve(schema).type !== 'string' &&
      element('details', {}, element('summary', {}, 'Members'), memberList(document, schema)),
  ]);
  return element('div', { class: 'answer' },
    element('p', {}, element('span', { class: 'status good' }, status), ' ', ...line(answer.description ?? '')),
    ...media, headers.length > 0 && element('ul', { class: 'plain' }, ...headers));
}

function refusalRows(status: string, answer: Answer): HTMLElement[] {
  const examples = Object.entries(answer.content?.['application/problem+json']?.examples ?? {});
  return examples.map(([code, { summary }]) => element('tr', {},
    element('td', {}, status), element('td', {}, element('code', {}, code)), element('td', {}, summary ?? '')));
}

function refusalTable(rows: HTMLElement[]): HTMLElement {
  return element('div', { class: 'wide' }, element('table', { class: 'refusals' },
    element('thead', {}, element('tr', {},
      ...['Status', 'Code', 'Meaning'].map((title) => element('th', { scope: 'col' }, title)))),
    element('tbody', {}, ...rows)));
}

function refusalPart(document: ApiDocument, endpoint: Endpoint): Child[] {
  const own: HTMLElement[] = [];
  const general: HTMLElement[] = [];
  for (const [status, given] of Object.entries(endpoint.operation.responses)) {
    const answer = document.resolve(given);
    if (status !== 'default' && isRefusal(answer))
      (given.$ref === undefined ? own : general).push(...refusalRows(status, answer));
  }
  return [
    (own.length > 0 || general.length > 0) && element('h4', {}, 'Refusals'),
    own.length > 0 && refusalTable(own),
    general.length > 0 && element('details', {},
      element('summary', {}, `${own.length > 0 ? 'and ' : ''}${general.length} that many operations share`),
      refusalTable(general)),
  ];
}

function samples(document: ApiDocument, endpoint: Endpoint): Child[] {
  const parts: Child[] = [];
  const request = endpoint.operation.requestBody?.content['application/json']?.schema;
  if (request) parts.push(codeBlock('Request', exampleText(document, request, 'request'), true));
  for (const [status, given] of Object.entries(endpoint.operation.responses)) {
    const schema = document.resolve(given).content?.['application/json']?.schema;
    const isDescribed = schema !== undefined && (schema.$ref !== undefined || schema.anyOf !== undefined);
    if (isDescribed) parts.push(codeBlock(`Answer ${status}`, exampleText(document, schema, 'answer'), true));
  }
  return parts;
}

export function operationSection(document: ApiDocument, endpoint: Endpoint, session: Session): HTMLElement {
  const { operation } = endpoint;
  const access = accessNames[operation['x-access'] ?? ''];
  const answers = Object.entries(operation.responses)
    .map(([status, answer]) => [status, document.resolve(answer)] as const)
    .filter(([, answer]) => !isRefusal(answer));
  return element('section', { class: 'operation', id: operation.operationId, 'aria-labelledby': `${operation.operationId}-title` },
    element('h3', { id: `${operation.operationId}-title` },
      element('a', { href: `#${operation.operationId}` }, operation.summary),
      access !== undefined && element('span', { class: 'access' }, access)),
    element('p', { class: 'path' }, methodBadge(endpoint.method), element('code', {}, ...pathText(endpoint.path))),
    element('div', { class: 'columns' },
      element('div', {},
        ...prose(operation.description),
        ...requestPart(document, endpoint),
        element('h4', {}, 'Answers'), ...answers.map(([status, answer]) => answerPart(document, status, answer)),
        ...refusalPart(document, endpoint)),
      element('div', { class: 'samples' }, tryIt(document, endpoint, session), ...samples(document, endpoint))));
}
