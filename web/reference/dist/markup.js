/** Elements made of text. Nothing here or elsewhere parses markup, so whatever a document or an answer says is shown. */
export function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === 'function')
            made.addEventListener(name, value);
        else if (value === true)
            made.setAttribute(name, '');
        else if (value !== false)
            made.setAttribute(name, value);
    }
    for (const child of children)
        if (child)
            made.append(child);
    return made;
}
/** A line with `code` in it. */
export function line(text) {
    return text.split('`').map((piece, at) => (at % 2 === 1 ? element('code', {}, piece) : piece));
}
/** Paragraphs, parted by empty lines. */
export function prose(text) {
    return (text ?? '').split('\n\n').filter((part) => part !== '').map((part) => element('p', {}, ...line(part)));
}
const token = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\btrue\b|\bfalse\b|\bnull\b/g;
/** JSON in colours. */
export function colouredJson(text) {
    const all = document.createDocumentFragment();
    let end = 0;
    for (const match of text.matchAll(token)) {
        all.append(text.slice(end, match.index));
        const [whole, string, colon] = match;
        if (string !== undefined && colon !== undefined)
            all.append(element('span', { class: 'key' }, string), colon);
        else
            all.append(element('span', { class: string === undefined ? 'literal' : 'string' }, whole));
        end = match.index + whole.length;
    }
    all.append(text.slice(end));
    return all;
}
/** A block of code with a button that copies it. */
export function codeBlock(label, text, isJson) {
    const code = element('code', {}, isJson ? colouredJson(text) : text);
    const copy = element('button', {
        type: 'button',
        class: 'copy',
        click: () => {
            void navigator.clipboard?.writeText(text).then(() => {
                copy.textContent = 'Copied';
                setTimeout(() => (copy.textContent = 'Copy'), 1500);
            });
        },
    }, 'Copy');
    return element('figure', { class: 'code' }, element('figcaption', {}, element('span', {}, label), copy), element('pre', { tabindex: '0' }, code));
}
