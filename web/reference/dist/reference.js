/** The page: the bar with who is signed in, the list of operations, and the operations. */
import { base, Session } from './api.js';
import { ApiDocument } from './document.js';
import { element, prose } from './markup.js';
import { methodBadge, operationSection } from './operation.js';
const session = new Session();
function place(id) {
    const found = document.getElementById(id);
    if (!found)
        throw new Error(`there is no #${id}`);
    return found;
}
/** Who is signed in, and how to be. */
function signInPart() {
    const root = element('div', { class: 'who', role: 'status' });
    const show = () => {
        const who = session.who;
        if (who !== undefined) {
            root.replaceChildren(element('span', {}, 'Signed in as ', element('strong', {}, who)), element('button', { type: 'button', click: () => session.forget() }, 'Forget'));
            return;
        }
        const input = element('input', { type: 'password', autocomplete: 'off', placeholder: 'Access token', 'aria-label': 'Access token' });
        const form = element('form', {}, element('a', { href: '#sign_in' }, 'Sign in'), ' or paste', input, element('button', { type: 'submit' }, 'Use'));
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            if (input.value.trim() !== '')
                session.use(input.value.trim());
        });
        root.replaceChildren(form);
    };
    session.addEventListener('change', show);
    show();
    return root;
}
/** Hides what does not have all words, and groups that have nothing left. */
function filter(listed, groups, wanted) {
    const words = wanted.toLowerCase().split(/\s+/).filter((word) => word !== '');
    let count = 0;
    for (const { words: own, parts } of listed) {
        const isShown = words.every((word) => own.includes(word));
        if (isShown)
            ++count;
        for (const part of parts)
            part.hidden = !isShown;
    }
    for (const [link, section] of groups) {
        const isEmpty = section?.querySelector('.operation:not([hidden])') === null;
        for (const part of [link, section])
            if (part)
                part.hidden = isEmpty;
    }
    return count;
}
function searchPart(listed, groups) {
    const count = element('span', { class: 'quiet', role: 'status' });
    const input = element('input', { type: 'search', placeholder: 'Find an operation ( / )', 'aria-label': 'Find an operation' });
    input.addEventListener('input', () => {
        const found = filter(listed, groups, input.value);
        count.textContent = input.value.trim() === '' ? '' : `${found} found`;
    });
    addEventListener('keydown', (event) => {
        const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
        if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey)
            return;
        event.preventDefault();
        input.focus();
    });
    return element('div', { class: 'search' }, input, count);
}
/** Marks the operation that is in view in the list. */
function follow(links) {
    const observer = new IntersectionObserver((entries) => {
        for (const entry of entries) {
            if (!entry.isIntersecting)
                continue;
            for (const link of links.values())
                link.removeAttribute('aria-current');
            links.get(entry.target.id)?.setAttribute('aria-current', 'true');
        }
    }, { rootMargin: '-15% 0px -75% 0px' });
    for (const id of links.keys())
        observer.observe(place(id));
}
function show(api) {
    const listed = [];
    const groups = [];
    const links = new Map();
    const lists = [];
    const sections = [];
    const add = (tag, endpoint) => {
        const { operation, method, path } = endpoint;
        const link = element('a', { href: `#${operation.operationId}` }, methodBadge(method), element('span', {}, operation.summary));
        const item = element('li', {}, link);
        const section = operationSection(api, endpoint, session);
        links.set(operation.operationId, link);
        listed.push({
            words: [tag, method, path, operation.operationId, operation.summary, operation.description].join(' ').toLowerCase(),
            parts: [item, section],
        });
        return [item, section];
    };
    for (const tag of api.tags) {
        const made = api.endpoints(tag.name).map((endpoint) => add(tag.name, endpoint));
        if (made.length === 0)
            continue;
        const id = `group-${tag.name.toLowerCase().replaceAll(' ', '-')}`;
        const list = element('div', {}, element('h2', {}, element('a', { href: `#${id}` }, tag.name)), element('ul', {}, ...made.map(([item]) => item)));
        const section = element('section', { class: 'group', id, 'aria-label': tag.name }, element('h2', {}, tag.name), ...prose(tag.description), ...made.map(([, part]) => part));
        groups.push([list, section]);
        lists.push(list);
        sections.push(section);
    }
    const menu = element('details', { class: 'menu', open: matchMedia('(min-width: 60rem)').matches }, element('summary', {}, 'Operations'), searchPart(listed, groups), ...lists);
    menu.addEventListener('click', (event) => {
        const isLink = event.target instanceof Element && event.target.closest('a') !== null;
        if (isLink && !matchMedia('(min-width: 60rem)').matches)
            menu.open = false;
    });
    place('bar').replaceChildren(element('p', { class: 'brand' }, element('a', { href: '#reference' }, api.info.title), element('span', { class: 'quiet' }, ` ${api.info.version}`)), signInPart(), element('a', { class: 'source', href: new URL('openapi.json', base).href }, 'openapi.json'));
    place('contents').replaceChildren(menu);
    place('reference').replaceChildren(element('section', { class: 'introduction' }, element('h1', {}, 'API reference'), ...prose(api.info.description)), ...sections);
    follow(links);
    if (location.hash.length > 1)
        document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}
try {
    show(await ApiDocument.load(new URL('openapi.json', base).href));
}
catch (error) {
    place('reference').replaceChildren(element('p', { class: 'status bad', role: 'alert' }, `The document could not be shown: ${String(error)}`));
}
