// Runs the program as a stranger would: on a free port, with data of its own that is gone afterwards.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function isReady(origin) {
  try {
    return (await fetch(`${origin}/health/ready`)).ok;
  } catch {
    return false;
  }
}

export async function startServer(program) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-browser-'));
  const origin = `http://127.0.0.1:${await freePort()}`;
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SALLYPORT_')));
  const child = spawn(program, ['serve', '--listen', origin.slice('http://'.length), '--data', join(folder, 'data')],
    { stdio: 'ignore', env: environment });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (const deadline = Date.now() + 10_000; !(await isReady(origin));) {
    if (Date.now() > deadline || child.exitCode !== null) {
      await stop();
      throw new Error('the server did not become ready');
    }
  }
  return { origin, stop };
}
