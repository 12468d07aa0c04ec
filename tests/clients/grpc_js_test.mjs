// @grpc/grpc-js against the program, in the clear and under TLS.

import grpc from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { after, before, describe, mock, test } from 'node:test';
import zlib from 'node:zlib';
import { Contract } from './contract.mjs';
import { descriptors, program } from './descriptors.mjs';
import { GrpcJsClient } from './grpc_js_client.mjs';
import { startServer } from './server.mjs';
import { areGivenUp, expected, password, tell } from './story.mjs';

const contract = new Contract(descriptors());
const boss = 'boss@example.org';

for (const isTls of [false, true]) {
  describe(isTls ? 'under TLS' : 'in the clear', () => {
    let server;
    let client;
    before(async () => {
      server = await startServer(program, { isTls });
      server.makeAdministrator(boss, password);
      client = new GrpcJsClient(contract, server);
    });
    after(async () => {
      client?.close();
      await server?.stop();
    });

    test('the whole story', async () => {
      assert.deepEqual(await tell(client, 'ann@example.org', boss), expected('ann@example.org', boss));
      const watches = await server.outcomes('Health/Watch', 2);
      assert.ok(areGivenUp(watches, 2), String(watches));
    });

    test('gzip both ways', async () => {
      const packing = mock.method(zlib, 'gzip');
      const unpacking = mock.method(zlib, 'createGunzip');
      const zipping = new GrpcJsClient(contract, server,
        { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
      const metadata = Object.fromEntries(Array.from({ length: 8 }, (_, number) => [`key ${number}`, 'x'.repeat(200)]));
      const { message: { tokens } } = await zipping.unary('auth.v1.AuthService/SignUp',
        { identifier: 'zip@example.org', password, displayName: 'Zip', clientInfo: { deviceId: 'zip', metadata } });
      assert.equal(packing.mock.callCount(), 1);
      const { message: { sessions } } = await zipping.unary('auth.v1.AuthService/ListSessions',
        { refreshToken: tokens.refreshToken }, { token: tokens.accessToken });
      assert.deepEqual(sessions[0].metadata, metadata);
      assert.equal(unpacking.mock.callCount(), 1);
      zipping.close();
      mock.restoreAll();
    });

    test('five hundred calls at once', async () => {
      const { message: { tokens } } = await client.unary('auth.v1.AuthService/SignUp',
        { identifier: 'many@example.org', password, displayName: 'Many' });
      const answers = await Promise.all(Array.from({ length: 500 }, () =>
        client.unary('auth.v1.AuthService/ValidateCredentials', {}, { token: tokens.accessToken })));
      assert.deepEqual([...new Set(answers.map(({ message }) => message.user.email))], ['many@example.org']);
    });
  });
}
