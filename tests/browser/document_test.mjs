// npm's @seriousme/openapi-schema-validator checks /openapi.json against the schema that the OpenAPI Initiative publishes.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { startServer } from './server.mjs';

const server = await startServer(process.argv[2]);
after(() => server.stop());
const text = await (await fetch(`${server.origin}/openapi.json`)).text();

test('the document is OpenAPI 3.1, and its references lead somewhere', async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(text));
  assert.deepEqual(result.errors ?? [], []);
  assert.ok(result.valid);
  assert.equal(validator.version, '3.1');
  assert.ok(validator.resolveRefs().paths['/v1/auth/login']);
});

test('the validator finds what is wrong', async () => {
  const broken = JSON.parse(text);
  broken.paths['/v1/auth/login'].post.responses['200'] = { content: 7 };
  assert.equal((await new Validator().validate(broken)).valid, false);
});
