// @connectrpc/connect-web and grpc-web in Debian's chromium: pages of another origin call the program, in the clear and
// under TLS, where that origin is listed; pages of others cannot.

import { build } from 'esbuild';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { descriptors, program } from './descriptors.mjs';
import { startServer } from './server.mjs';
import { areGivenUp, expected, password } from './story.mjs';

const boss = 'boss@example.org';
const clients = {
  'connect-web, Connect, JSON': 'connectJson',
  'connect-web, Connect, binary': 'connectBinary',
  'connect-web, Connect, JSON by GET': 'connectByGet',
  'connect-web, gRPC-Web': 'connectGrpcWeb',
  'grpc-web, text': 'grpcWebText',
  'grpc-web, binary': 'grpcWebBinary',
};
const streamsLate = new Set(['grpcWebBinary']);  // grpc-web shows a binary stream when it has ended

await writeFile('descriptors.binpb', descriptors());
const { outputFiles: [{ text: script }] } = await build({ entryPoints: ['page.mjs'], bundle: true, format: 'esm', write: false,
  loader: { '.binpb': 'binary' }, logLevel: 'error', absWorkingDir: process.cwd() });

/** Serves an empty page that has the clients, as an origin of its own. */
async function startSite() {
  const site = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  return { site, origin: `http://127.0.0.1:${site.address().port}` };
}

const [listed, other] = [await startSite(), await startSite()];
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: process.getuid() === 0 ? ['--no-sandbox'] : [],  // which chromium refuses to do without as root
});
after(async () => {
  await browser.close();
  for (const { site } of [listed, other]) {
    site.closeAllConnections();
    site.close();
  }
});

for (const isTls of [false, true]) {
  describe(isTls ? 'under TLS' : 'in the clear', () => {
    let server;
    let context;
    before(async () => {
      server = await startServer(program, { isTls, allowedOrigin: listed.origin });
      server.makeAdministrator(boss, password);
      context = await browser.newContext({ ignoreHTTPSErrors: true });  // it knows nothing of the authority of a test
    });
    after(async () => {
      await context?.close();
      await server?.stop();
    });

    async function open(site) {
      const page = await context.newPage();
      await page.goto(site.origin);
      await page.waitForFunction(() => globalThis.askWith !== undefined);
      return page;
    }

    let people = 0;
    for (const [name, client] of Object.entries(clients)) {
      test(`${name}: a page of a listed origin`, async () => {
        const email = `ann.${++people}@example.org`;
        const options = { streams: !streamsLate.has(client) };
        const page = await open(listed);
        const told = await page.evaluate((story) => globalThis.tellWith(...story),
          [client, server.origin, email, boss, options]);
        assert.deepEqual(told, expected(email, boss, options));
        await page.close();
      });

      test(`${name}: a page of another origin`, async () => {
        const ask = async (site) => {
          const page = await open(site);
          const answer = await page.evaluate((question) => globalThis.askWith(...question), [client, server.origin]);
          await page.close();
          return answer;
        };
        assert.equal(await ask(listed), 'SERVING');
        assert.match(await ask(other), /^code (2|14)$/);
      });
    }

    test('the server has ended what pages have left', async () => {
      const watches = await server.outcomes('Health/Watch', 2 * (people - streamsLate.size));
      assert.ok(areGivenUp(watches, 2 * (people - streamsLate.size)), String(watches));
    });
  });
}
