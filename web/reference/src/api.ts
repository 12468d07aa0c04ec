/** Requests to this server, and what their answers taught: tokens stay in this page's memory and go with it. */

export interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Blob;
}

export interface Received {
  status: number;
  reason: string;
  headers: [string, string][];
  type: string;
  text: string;
  size: number;
  milliseconds: number;
}

interface Tokens {
  access: string;
  email?: string;
}

/** The folder that the document is in: the server may be below a prefix of a proxy. */
export const base = new URL('.', location.href);

export class Session extends EventTarget {
  private tokens: Tokens | undefined;
  /** What later requests may need, by the names their members have. */
  readonly known = new Map<string, string>();

  get accessToken(): string | undefined {
    return this.tokens?.access;
  }

  get who(): string | undefined {
    return this.tokens && (this.tokens.email ?? 'whoever the token names');
  }

  use(accessToken: string, email?: string): void {
    this.tokens = email === undefined ? { access: accessToken } : { access: accessToken, email };
    this.dispatchEvent(new Event('change'));
  }

  forget(): void {
    this.tokens = undefined;
    this.known.clear();
    this.dispatchEvent(new Event('change'));
  }

  /** Looks for tokens in an answer. */
  learn(text: string): void {
    let answer: Record<string, unknown>;
    try {
      answer = JSON.parse(text) as Record<string, unknown>;
    } catch {
      return;
    }
    for (const name of ['refresh_token', 'flow']) {
      const value = answer?.[name];
      if (typeof value === 'string') this.known.set(name, value);
    }
    const token = answer?.['access_token'];
    const email = (answer?.['user'] as { email?: unknown } | undefined)?.email;
    if (typeof token === 'string') this.use(token, typeof email === 'string' ? email : undefined);
    else if (typeof answer?.['flow'] === 'string') this.dispatchEvent(new Event('change'));
  }
}

/** Sends a request to where this page is from. Cookies stay out of it: the access token says who asks. */
export async function send(request: Request): Promise<Received> {
  const began = performance.now();
  const init: RequestInit = { method: request.method, headers: request.headers, credentials: 'omit', redirect: 'manual' };
  if (request.body !== undefined) init.body = request.body;
  const answer = await fetch(new URL(request.path.replace(/^\//, ''), base), init);
  const bytes = await answer.arrayBuffer();
  const type = answer.headers.get('content-type') ?? '';
  return {
    status: answer.status,
    reason: answer.statusText,
    headers: [...answer.headers],
    type,
    text: isText(type) ? new TextDecoder().decode(bytes) : '',
    size: bytes.byteLength,
    milliseconds: performance.now() - began,
  };
}

export function isText(type: string): boolean {
  return /^text\/|json|javascript|svg/.test(type);
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same request for a shell. */
export function curl(request: Request): string {
  const parts = [`curl ${request.method === 'GET' ? '' : `-X ${request.method} `}` +
                 quoted(new URL(request.path.replace(/^\//, ''), base).href)];
  for (const [name, value] of Object.entries(request.headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (typeof request.body === 'string' && request.body !== '') parts.push(`-d ${quoted(request.body)}`);
  else if (request.body !== undefined && request.body !== '') parts.push('--data-binary @picture');
  return parts.join(' \\\n  ');
}
