/** What of OpenAPI 3.1 this server's document uses. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  examples?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  oneOf?: Schema[];
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
}

export interface MediaType {
  schema?: Schema;
  examples?: Record<string, { summary?: string; value?: unknown }>;
}

export interface Answer {
  $ref?: string;
  description?: string;
  headers?: Record<string, { $ref?: string; description?: string }>;
  content?: Record<string, MediaType>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  description?: string;
  required?: boolean;
  schema?: Schema;
  example?: unknown;
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  'x-access'?: string;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { description?: string; required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, Answer>;
}

interface Contents {
  info: { title: string; version: string; description?: string };
  tags: { name: string; description?: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, unknown>>;
}

/** An operation with where it is. */
export interface Endpoint {
  method: string;
  path: string;
  operation: Operation;
}

export class ApiDocument {
  constructor(private readonly contents: Contents) {}

  static async load(url: string): Promise<ApiDocument> {
    const answer = await fetch(url, { credentials: 'omit' });
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
    return new ApiDocument((await answer.json()) as Contents);
  }

  get info() {
    return this.contents.info;
  }

  get tags() {
    return this.contents.tags;
  }

  endpoints(tag: string): Endpoint[] {
    return Object.entries(this.contents.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => operation.tags.includes(tag))
        .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })));
  }

  /** What `#/components/<kind>/<name>` names, or the thing itself. What stands beside a reference adds to it. */
  resolve<T extends { $ref?: string }>(thing: T): T {
    if (thing.$ref === undefined) return thing;
    const [, , kind, name] = thing.$ref.split('/');
    const found = this.contents.components[kind ?? '']?.[name ?? ''] as T | undefined;
    if (found === undefined) throw new Error(`${thing.$ref} leads nowhere`);
    const { $ref: _, ...beside } = thing;
    return { ...this.resolve(found), ...beside };
  }

  /** "UserAnswer" of a reference to it. */
  static nameOf(schema: Schema): string | undefined {
    return schema.$ref?.split('/').pop();
  }
}
