/** The form that sends an operation's request, and what came back. */
import { curl, isText, send } from './api.js';
import { codeBlock, element } from './markup.js';
import { exampleText } from './schema.js';
const json = 'application/json';
class Form {
    document;
    endpoint;
    session;
    parameters = new Map();
    body;
    file;
    snippet = element('div');
    outcome = element('div', { class: 'outcome', 'aria-live': 'polite' });
    asWho = element('p', { class: 'quiet' });
    button = element('button', { type: 'submit', class: 'send' }, 'Send');
    isTyped = false;
    root;
    constructor(document, endpoint, session) {
        this.document = document;
        this.endpoint = endpoint;
        this.session = session;
        const fields = (endpoint.operation.parameters ?? []).map((parameter) => this.parameterField(parameter));
        const media = Object.keys(endpoint.operation.requestBody?.content ?? {});
        const isFile = media.some((type) => type.startsWith('image/'));
        if (isFile) {
            this.file = element('input', { type: 'file', accept: media.join(','), id: this.id('body') });
            fields.push(this.field('body', 'Picture', this.file));
        }
        else if (media.length > 0) {
            this.body = element('textarea', { id: this.id('body'), spellcheck: 'false', autocapitalize: 'off' });
            this.body.addEventListener('input', () => (this.isTyped = true));
            fields.push(this.field('body', media.includes(json) ? 'Body (JSON)' : 'Body (form)', this.body));
        }
        this.root = element('form', { class: 'try' }, ...fields, this.asWho, this.button, this.outcome, this.snippet);
        this.root.addEventListener('input', () => this.show());
        this.root.addEventListener('submit', (event) => {
            event.preventDefault();
            void this.send();
        });
        session.addEventListener('change', () => this.refresh());
        this.refresh();
    }
    id(name) {
        return `${this.endpoint.operation.operationId}-${name}`;
    }
    field(name, label, input, hint) {
        if (hint !== undefined)
            input.setAttribute('aria-describedby', this.id(`${name}-hint`));
        return element('div', { class: 'field' }, element('label', { for: this.id(name) }, label), input, hint !== undefined && element('p', { class: 'hint', id: this.id(`${name}-hint`) }, hint));
    }
    parameterField(parameter) {
        const values = parameter.schema?.enum?.map(String);
        const input = values
            ? element('select', { id: this.id(parameter.name) }, element('option', { value: '' }, '(none)'), ...values.map((value) => element('option', {}, value)))
            : element('input', {
                id: this.id(parameter.name), type: 'text', autocomplete: 'off', spellcheck: 'false',
                placeholder: String(parameter.example ?? ''), required: parameter.required ?? false,
            });
        this.parameters.set(parameter, input);
        return this.field(parameter.name, `${parameter.name} (${parameter.in})`, input, parameter.description);
    }
    get isPublic() {
        return (this.endpoint.operation.security ?? []).length === 0;
    }
    /** After the session changed. */
    refresh() {
        const content = this.endpoint.operation.requestBody?.content[json];
        if (this.body && content?.schema && !this.isTyped)
            this.body.value = exampleText(this.document, content.schema, 'request', this.session.known);
        const who = this.session.who;
        this.asWho.textContent = this.isPublic ? 'Sent without a token.'
            : who !== undefined ? `Sent as ${who}.`
                : 'Sent without a token: sign in first, above or with "Sign in" in this reference.';
        this.show();
    }
    show() {
        this.snippet.replaceChildren(codeBlock('Shell', curl(this.request()), false));
    }
    request() {
        const headers = {};
        const query = new URLSearchParams();
        let path = this.endpoint.path;
        for (const [parameter, input] of this.parameters) {
            if (parameter.in === 'path')
                path = path.replace(`{${parameter.name}}`, input.value === '' ? `{${parameter.name}}` : encodeURIComponent(input.value));
            else if (input.value === '')
                continue;
            else if (parameter.in === 'query')
                query.append(parameter.name, input.value);
            else
                headers[parameter.name] = input.value;
        }
        if (query.size > 0)
            path += `?${query}`;
        if (!this.isPublic && this.session.accessToken !== undefined)
            headers['Authorization'] = `Bearer ${this.session.accessToken}`;
        const request = { method: this.endpoint.method, path, headers };
        const picture = this.file?.files?.[0];
        if (picture) {
            headers['Content-Type'] = picture.type;
            request.body = picture;
        }
        else if (this.body && this.body.value.trim() !== '') {
            headers['Content-Type'] = Object.keys(this.endpoint.operation.requestBody?.content ?? {})[0] ?? json;
            request.body = this.body.value;
        }
        return request;
    }
    async send() {
        this.button.disabled = true;
        try {
            const received = await send(this.request());
            this.outcome.replaceChildren(...shown(received));
            this.outcome.scrollIntoView({ block: 'nearest' });
            if (received.status >= 200 && received.status < 300) {
                this.session.learn(received.text);
                if (this.endpoint.operation.operationId === 'sign_out')
                    this.session.forget();
            }
        }
        catch (error) {
            this.outcome.replaceChildren(element('p', { class: 'status bad' }, `No answer: ${String(error)}`));
        }
        finally {
            this.button.disabled = false;
        }
    }
}
function shown(received) {
    const kind = received.status === 0 ? 'other' : received.status < 300 ? 'good' : received.status < 400 ? 'other' : 'bad';
    const status = received.status === 0 ? 'A redirect, which this page does not follow'
        : `${received.status} ${received.reason}`;
    const rows = received.headers.map(([name, value]) => element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value)));
    const parts = [
        element('p', { class: `status ${kind}` }, element('strong', {}, status), ` in ${received.milliseconds.toFixed(0)} ms`),
    ];
    if (rows.length > 0)
        parts.push(element('details', {}, element('summary', {}, `${rows.length} headers`), element('div', { class: 'wide' }, element('table', { class: 'headers' }, element('tbody', {}, ...rows)))));
    if (received.size === 0)
        parts.push(element('p', { class: 'quiet' }, 'No body.'));
    else if (!isText(received.type))
        parts.push(element('p', {}, `${received.size} bytes of ${received.type || 'no named type'}.`));
    else
        parts.push(codeBlock('Body', laidOut(received), received.type.includes('json')));
    return parts;
}
function laidOut(received) {
    if (!received.type.includes('json'))
        return received.text;
    try {
        return JSON.stringify(JSON.parse(received.text), null, 2);
    }
    catch {
        return received.text; // lines of JSON
    }
}
/** A disclosure with the form in it, which is made when somebody opens it. */
export function tryIt(document, endpoint, session) {
    const details = element('details', { class: 'try-it' }, element('summary', {}, 'Try it'));
    details.addEventListener('toggle', () => {
        if (details.open && details.childElementCount === 1)
            details.append(new Form(document, endpoint, session).root);
    });
    return details;
}
