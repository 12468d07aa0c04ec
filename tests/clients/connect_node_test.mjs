// @connectrpc/connect-node against the program: Connect, gRPC-Web and gRPC, over HTTP/1.1 and HTTP/2, in the clear and
// under TLS.

import { compressionGzip, createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node';
import assert from 'node:assert/strict';
import { after, before, describe, mock, test } from 'node:test';
import { ConnectClient } from './connect_client.mjs';
import { Contract } from './contract.mjs';
import { descriptors, program } from './descriptors.mjs';
import { startServer } from './server.mjs';
import { areGivenUp, expected, password, tell } from './story.mjs';

const contract = new Contract(descriptors());
const boss = 'boss@example.org';
const transports = [
  { name: 'Connect, JSON', create: createConnectTransport, useBinaryFormat: false },
  { name: 'Connect, binary', create: createConnectTransport, useBinaryFormat: true },
  { name: 'Connect, JSON by GET', create: createConnectTransport, useBinaryFormat: false, useHttpGet: true },
  { name: 'Connect, binary by GET', create: createConnectTransport, useBinaryFormat: true, useHttpGet: true },
  { name: 'gRPC-Web', create: createGrpcWebTransport },
  { name: 'gRPC', create: createGrpcTransport, versions: ['2'] },
];

for (const isTls of [false, true]) {
  describe(isTls ? 'under TLS' : 'in the clear', () => {
    let server;
    before(async () => {
      server = await startServer(program, { isTls });
      server.makeAdministrator(boss, password);
    });
    after(() => server?.stop());

    const clientOf = ({ create, useBinaryFormat, useHttpGet }, httpVersion, more = {}) => new ConnectClient(contract, create({
      baseUrl: server.origin, httpVersion, nodeOptions: { ca: server.authority }, useBinaryFormat, useHttpGet, ...more,
    }));

    let people = 0;
    let strangers = 0;
    for (const { name, versions = ['1.1', '2'], ...transport } of transports) {
      for (const httpVersion of versions) {
        test(`${name}, over HTTP/${httpVersion}`, async () => {
          const client = clientOf(transport, httpVersion);
          const email = `ann.${++people}@example.org`;
          assert.deepEqual(await tell(client, email, boss), expected(email, boss));

          const { requestId } = await client.unary('auth.v1.AuthService/ValidateCredentials').catch((error) => error);
          const { protocol, method } = await server.request(requestId);
          assert.deepEqual([protocol, method],
            [httpVersion === '2' ? 'http/2' : 'http/1.1', transport.useHttpGet ? 'GET' : 'POST']);
        });

        test(`${name}, over HTTP/${httpVersion}, gzip both ways`, async () => {
          const counted = { ...compressionGzip, compress: mock.fn(compressionGzip.compress),
            decompress: mock.fn(compressionGzip.decompress) };
          const zipping = clientOf(transport, httpVersion,
            { sendCompression: counted, compressMinBytes: 16, acceptCompression: [counted] });
          const email = `zip.${people}@example.org`;
          const metadata = Object.fromEntries(Array.from({ length: 8 }, (_, number) => [`key ${number}`, 'x'.repeat(200)]));
          const { message: { tokens } } = await zipping.unary('auth.v1.AuthService/SignUp',
            { identifier: email, password, displayName: 'Zip', clientInfo: { deviceId: email, metadata } });
          const { message: { sessions } } = await zipping.unary('auth.v1.AuthService/ListSessions',
            { refreshToken: tokens.refreshToken }, { token: tokens.accessToken });
          assert.deepEqual(sessions[0].metadata, metadata);
          assert.deepEqual([counted.compress.mock.callCount(), counted.decompress.mock.callCount()], [2, 1]);
        });
      }
    }

    for (const { name, ...transport } of transports) {
      test(`${name}, five hundred calls at once`, async () => {
        const client = clientOf(transport, '2');
        const email = `many.${++strangers}@example.org`;
        const { message: { tokens } } = await client.unary('auth.v1.AuthService/SignUp',
          { identifier: email, password, displayName: 'Many' });
        const answers = await Promise.all(Array.from({ length: 500 }, () =>
          client.unary('auth.v1.AuthService/ValidateCredentials', {}, { token: tokens.accessToken })));
        assert.deepEqual([...new Set(answers.map(({ message }) => message.user.email))], [email]);
      });
    }

    test('the server has ended what its clients have left', async () => {
      const watches = await server.outcomes('Health/Watch', 2 * people);
      assert.ok(areGivenUp(watches, 2 * people), String(watches));
    });
  });
}
