// The program ends and comes back on its port, while @grpc/grpc-js calls and watches it: with the client's own policy of
// repeating, nobody sees a failure.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Contract } from './contract.mjs';
import { descriptors, program } from './descriptors.mjs';
import { GrpcJsClient } from './grpc_js_client.mjs';
import { startServer } from './server.mjs';
import { password } from './story.mjs';

const contract = new Contract(descriptors());
const callers = 8;
const answersBetween = 50;
const repeating = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 300,
  'grpc.service_config': JSON.stringify({
    methodConfig: [{
      name: [{}],
      retryPolicy: { maxAttempts: 5, initialBackoff: '0.3s', maxBackoff: '5s', backoffMultiplier: 2.5,
        retryableStatusCodes: ['UNAVAILABLE'] },
    }],
  }),
};

for (const isTls of [false, true]) {
  test(`it ends and comes back three times, ${isTls ? 'under TLS' : 'in the clear'}`, async (context) => {
    const server = await startServer(program, { isTls });
    const client = new GrpcJsClient(contract, server, repeating);
    let isOver = false;
    context.after(async () => {
      isOver = true;
      client.close();
      await server.stop();
    });
    const { message: { tokens } } = await client.unary('auth.v1.AuthService/SignUp',
      { identifier: 'ann@example.org', password, displayName: 'Ann' });

    const answered = [0];  // of each stretch between two ends
    const failures = [];
    const load = Promise.all(Array.from({ length: callers }, async () => {
      while (!isOver && failures.length === 0) {
        try {
          await client.unary('auth.v1.AuthService/ValidateCredentials', {}, { token: tokens.accessToken, timeoutMs: 20_000 });
          answered[answered.length - 1]++;
        } catch (error) {
          failures.push(error);
        }
      }
    }));
    const someAnswers = async () => {
      answered.push(0);
      while (answered.at(-1) < answersBetween && failures.length === 0) await pause(5);
    };
    for (let round = 0; round < 3; ++round) {
      let isWatching;
      const watched = new Promise((resolve) => { isWatching = resolve; });
      const watch = client.stream('grpc.health.v1.Health/Watch', {}, { onMessage: isWatching }).catch((error) => error);
      await Promise.race([watched, watch]);
      await someAnswers();
      assert.equal(await server.end(), 0);
      const { code, reason, messages } = await watch;
      assert.deepEqual({ code, reason, messages },
        { code: 14, reason: 'shutting_down', messages: [{ status: 'SERVING' }, { status: 'NOT_SERVING' }] });
      await server.start();
    }
    await someAnswers();
    isOver = true;
    await load;

    assert.deepEqual(failures, []);
  });
}
