// The page /docs as people use it, in Debian's chromium.

import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';
import { startServer } from './server.mjs';

const password = 'correct-Horse-7-battery';
const server = await startServer(process.argv[2]);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: process.getuid() === 0 ? ['--no-sandbox'] : [],  // which chromium refuses to do without as root
});
after(async () => {
  await browser.close();
  await server.stop();
});

let page;
let complaints;  // what the console said, and requests that left

async function open(options = {}, path = '/docs') {
  await page?.context().close();
  page = await (await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options })).newPage();
  complaints = [];
  page.on('console', (message) => {
    const isRefusal = /status of 4\d\d/.test(message.text());  // chromium names every 4xx answer an error
    if (message.type() === 'error' && !isRefusal) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== server.origin) complaints.push(`a request to ${request.url()}`);
  });
  page.setDefaultTimeout(10_000);
  await page.goto(server.origin + path);
  await page.locator('.operation').first().waitFor();
}

/** Opens the form of an operation, fills it, sends it, and waits for what came back. */
async function send(operation, { body, fields = {} } = {}) {
  const section = page.locator(`#${operation}`);
  const details = section.locator('.try-it');
  if ((await details.getAttribute('open')) === null) await details.locator('> summary').click();
  for (const [name, value] of Object.entries(fields)) await section.locator(`[id="${operation}-${name}"]`).fill(value);
  if (body) await section.locator('textarea').fill(JSON.stringify(body));
  const outcome = section.locator('.outcome');
  await outcome.evaluate((element) => element.replaceChildren());
  await section.locator('.send').click();
  await outcome.locator('.status').waitFor();
  return { status: await outcome.locator('.status strong').innerText(), text: await outcome.innerText() };
}

let people = 0;
async function register() {
  const email = `ann.${++people}@example.org`;
  const { status } = await send('register_account', { body: { email, password } });
  assert.equal(status, '201 Created');
  return email;
}

beforeEach(() => open());
afterEach(() => assert.deepEqual(complaints, []));

test('it shows every operation of the document, in groups', async () => {
  const document = await (await fetch(`${server.origin}/openapi.json`)).json();
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  assert.equal(await page.locator('.operation').count(), operations.length);
  for (const { operationId, summary } of operations)
    assert.ok((await page.locator(`#${operationId} h3`).innerText()).startsWith(summary));
  assert.deepEqual(await page.locator('.group > h2').allInnerTexts(), document.tags.map(({ name }) => name));
});

test('it tells what an operation takes, what it answers, and how it refuses', async () => {
  const text = await page.locator('#sign_in').innerText();
  for (const word of ['/v1/auth/login', 'password', 'required', 'TokenAnswer', 'invalid_credentials',
    'The identifier or the password is wrong.', 'ann@example.org'])
    assert.ok(text.includes(word), word);
});

test('who registers, signs in and asks who they are sees it', async () => {
  const email = await register();
  await page.locator('#bar button', { hasText: 'Forget' }).click();
  assert.equal((await send('get_own_account')).status, '401 Unauthorized');

  const wrong = await send('sign_in', { body: { email, password: 'not-that-one-99' } });
  assert.equal(wrong.status, '401 Unauthorized');
  assert.ok(wrong.text.includes('invalid_credentials'));
  assert.equal((await send('sign_in', { body: { email, password } })).status, '200 OK');
  assert.ok((await page.locator('#bar').innerText()).includes(email));

  const me = await send('get_own_account');
  assert.equal(me.status, '200 OK');
  assert.ok(me.text.includes(email));
  assert.ok(me.text.includes('"status": "active"'));
});

test('a form prefills what an answer before brought, and fills in paths, queries and headers', async () => {
  await register();
  await page.locator('#refresh_tokens .try-it > summary').click();
  assert.match(await page.locator('#refresh_tokens textarea').inputValue(), /"refresh_token": "spr_/);
  assert.equal((await send('refresh_tokens')).status, '200 OK');

  const one = await send('end_own_session', { fields: { id: '00000000-0000-7000-8000-000000000000' } });
  assert.equal(one.status, '404 Not Found');
  const listed = await send('list_users', { fields: { page_size: '2' } });
  assert.ok(listed.text.includes('forbidden'));
  assert.ok((await page.locator('#list_users .try figure').last().innerText()).includes('/v1/users?page_size=2'));
  await send('register_account', { fields: { 'Idempotency-Key': 'one' } });
  assert.ok((await page.locator('#register_account .try').innerText()).includes("-H 'Idempotency-Key: one'"));
});

test('tokens stay in the memory of the page', async () => {
  await register();
  const kept = await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]);
  assert.deepEqual(kept, [0, 0, '']);
  assert.deepEqual(await page.context().cookies(), []);
  await page.reload();
  await page.locator('.operation').first().waitFor();
  assert.equal((await send('get_own_account')).status, '401 Unauthorized');
});

test('what a document says is text, whatever it looks like', async () => {
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>`<b>`';
  await page.route('**/openapi.json', async (route) => {
    const document = await (await route.fetch()).json();
    document.info.title = document.info.description = hostile;
    for (const tag of document.tags) tag.description = hostile;
    for (const methods of Object.values(document.paths))
      for (const operation of Object.values(methods))
        Object.assign(operation, { summary: hostile, description: hostile });
    for (const schema of Object.values(document.components.schemas))
      for (const member of Object.values(schema.properties ?? {}))
        if (!member.$ref) Object.assign(member, { description: hostile, examples: [hostile], enum: [hostile] });
    await route.fulfill({ json: document });
  });
  await page.reload();
  await page.locator('.operation').first().waitFor();
  await page.locator('#sign_in .try-it > summary').click();
  assert.equal(await page.locator('main img, main script, main b').count(), 0);
  assert.ok((await page.locator('#sign_in').innerText()).includes('<img src=x onerror='));
  assert.equal(await page.title(), 'Sallyport: API reference');
});

test('what a server answers is text, too', async () => {
  const hostile = '<img src=x onerror="document.title=1">';
  await page.route('**/v1/auth/me', (route) => route.fulfill({ contentType: 'text/html', body: hostile }));
  const { text } = await send('get_own_account');
  assert.ok(text.includes(hostile));
  assert.equal(await page.locator('.outcome img').count(), 0);
});

test('it can be used with a keyboard alone', async () => {
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the reference');
  await page.keyboard.press('/');
  await page.keyboard.type('/me/avatar/upload');
  assert.equal(await page.locator('.search [role=status]').innerText(), '1 found');
  assert.equal(await page.locator('.operation:visible').count(), 1);
  await page.locator('#begin_picture_upload .try-it > summary').focus();
  await page.keyboard.press('Enter');
  await page.locator('#begin_picture_upload .send').focus();
  await page.keyboard.press('Enter');
  await page.locator('#begin_picture_upload .outcome .status').waitFor();
});

test('a link to an operation leads there', async () => {
  await open({}, '/docs#list_users');
  const box = await page.locator('#list_users').boundingBox();
  assert.ok(box.y > -5 && box.y < 450, String(box.y));
});

test('it fits a phone, in the dark too', async () => {
  await open({ viewport: { width: 360, height: 740 }, colorScheme: 'dark', hasTouch: true, isMobile: true });
  await page.locator('#register_account .try-it > summary').tap();
  await register();
  const [width, colour] = await page.evaluate(() =>
    [document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor]);
  assert.equal(width, 360);
  assert.equal(colour, 'rgb(15, 18, 22)');
  assert.equal(await page.locator('.menu').getAttribute('open'), null);
});

test('its headers let it run its own scripts and nothing else', async () => {
  const answer = await fetch(`${server.origin}/docs`);
  const policy = answer.headers.get('content-security-policy');
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"])
    assert.ok(policy.includes(rule), rule);
  assert.ok(!/unsafe|https?:|\*/.test(policy), policy);
  const api = await fetch(`${server.origin}/openapi.json`);
  assert.match(api.headers.get('content-security-policy'), /default-src 'none'/);
});
