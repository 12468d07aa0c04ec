/** Requests to this server, and what their answers taught: tokens stay in this page's memory and go with it. */
/** The folder that the document is in: the server may be below a prefix of a proxy. */
export const base = new URL('.', location.href);
export class Session extends EventTarget {
    tokens;
    /** What later requests may need, by the names their members have. */
    known = new Map();
    get accessToken() {
        return this.tokens?.access;
    }
    get who() {
        return this.tokens && (this.tokens.email ?? 'whoever the token names');
    }
    use(accessToken, email) {
        this.tokens = email === undefined ? { access: accessToken } : { access: accessToken, email };
        this.dispatchEvent(new Event('change'));
    }
    forget() {
        this.tokens = undefined;
        this.known.clear();
        this.dispatchEvent(new Event('change'));
    }
    /** Looks for tokens in an answer. */
    learn(text) {
        let answer;
        try {
            answer = JSON.parse(text);
        }
        catch {
            return;
        }
        for (const name of ['refresh_token', 'flow']) {
            const value = answer?.[name];
            if (typeof value === 'string')
                this.known.set(name, value);
        }
        const token = answer?.['access_token'];
        const email = answer?.['user']?.email;
        if (typeof token === 'string')
            this.use(token, typeof email === 'string' ? email : undefined);
        else if (typeof answer?.['flow'] === 'string')
            this.dispatchEvent(new Event('change'));
    }
}
/** Sends a request to where this page is from. Cookies stay out of it: the access token says who asks. */
export async function send(request) {
    const began = performance.now();
    const init = { method: request.method, headers: request.headers, credentials: 'omit', redirect: 'manual' };
    if (request.body !== undefined)
        init.body = request.body;
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
export function isText(type) {
    return /^text\/|json|javascript|svg/.test(type);
}
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
/** The same request for a shell. */
export function curl(request) {
    const parts = [`curl ${request.method === 'GET' ? '' : `-X ${request.method} `}` +
            quoted(new URL(request.path.replace(/^\//, ''), base).href)];
    for (const [name, value] of Object.entries(request.headers))
        parts.push(`-H ${quoted(`${name}: ${value}`)}`);
    if (typeof request.body === 'string' && request.body !== '')
        parts.push(`-d ${quoted(request.body)}`);
    else if (request.body !== undefined && request.body !== '')
        parts.push('--data-binary @picture');
    return parts.join(' \\\n  ');
}
